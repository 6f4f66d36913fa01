// @ts-check
// A server of WebSockets, on a port of its own.

import { WebSocketServer } from "ws";

/**
 * Starts it: it sends back what it gets, and does what a text asks for: `close <code>` closes, `drop` ends the
 * connection without a word.
 */
export async function serveSockets() {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", () => resolve(undefined)));
  /** Heads of the requests that open a connection. @type {import("node:http").IncomingHttpHeaders[]} */
  const heads = [];
  server.on("connection", (socket, { headers }) => {
    heads.push(headers);
    socket.on("message", (data, isBinary) => {
      const [what, code] = isBinary ? [] : String(data).split(" ");
      if (what === "drop") socket.terminate();
      else if (what === "close") socket.close(Number(code), "a reason of the server's");
      else socket.send(isBinary ? data : String(data));
    });
  });
  const { port } = server.address();
  return {
    url: `ws://127.0.0.1:${port}`,
    port,
    heads,
    stop: async () => {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(() => resolve(undefined)));
    },
  };
}
