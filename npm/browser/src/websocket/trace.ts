// Records the connections of WebSockets as spans: https://websockets.spec.whatwg.org/

import { makeConnections, type Connection, type ConnectionOptions } from "../connections/connection.js";
import { observeConstructor, wrapMethods } from "../connections/constructor.js";
import { startPart } from "../control/part.js";
import type { Started } from "../control/started.js";
import { elapsed, listen } from "../core/platform.js";
import {
  NETWORK_PROTOCOL_NAME,
  THROUGHLINE_WEBSOCKET_CLOSE_CODE,
  THROUGHLINE_WEBSOCKET_CONNECT_DURATION,
  THROUGHLINE_WEBSOCKET_OUTCOME,
  THROUGHLINE_WEBSOCKET_RECEIVED_BYTES,
  THROUGHLINE_WEBSOCKET_RECEIVED_MESSAGES,
  THROUGHLINE_WEBSOCKET_SENT_BYTES,
  THROUGHLINE_WEBSOCKET_SENT_MESSAGES,
} from "../generated/semconv.js";

/**
 * Records each WebSocket that the page opens from here on as a span: a child of what opened it, recorded when it is
 * closed or when the page ends. It has counts of messages and bytes, and never what they contain. Returns the function
 * that undoes it. Another call while it holds changes nothing.
 */
export const traceWebSockets = (options: ConnectionOptions = {}): (() => void) => startPart("websocket", (client) => trace(client, options));

/** A socket as far as it is known. */
interface Known {
  connection: Connection;
  /** Messages and their bytes. */
  sent: [number, number];
  received: [number, number];
  /** Whether the page has closed it. */
  isClosed: boolean;
  isFailed: boolean;
}

function trace({ shared }: Started, options: ConnectionOptions): () => void {
  const { prototype } = WebSocket;
  const { send, close } = prototype;
  const sockets = new WeakMap<WebSocket, Known>();
  const connections = makeConnections(shared, "websocket", options);
  const undo = [
    observeConstructor("WebSocket", begin),
    wrapMethods(prototype, {
      send(this: WebSocket, _data: unknown): void {
        const known = sockets.get(this);
        // What is sent before and after has an error, or is dropped.
        const isOpen = known && this.readyState == OPEN;
        // Bytes of a text in UTF-8, and of a Blob: the browser counts them itself, in the same task without those that it sends.
        const before = isOpen ? this.bufferedAmount : 0;
        send.apply(this, arguments as never);
        if (!isOpen) return;
        known.sent[0]++;
        known.sent[1] += this.bufferedAmount - before || 0;
      },
      close(this: WebSocket): void {
        close.apply(this, arguments as never);
        const known = sockets.get(this);
        if (known) known.isClosed = true;
      },
    }),
  ];

  function begin(socket: WebSocket): void {
    const connection = connections.begin(socket.url, (outcome) => [
      {
        [NETWORK_PROTOCOL_NAME]: "websocket",
        [THROUGHLINE_WEBSOCKET_OUTCOME]: outcome,
        [THROUGHLINE_WEBSOCKET_SENT_MESSAGES]: known.sent[0],
        [THROUGHLINE_WEBSOCKET_SENT_BYTES]: known.sent[1],
        [THROUGHLINE_WEBSOCKET_RECEIVED_MESSAGES]: known.received[0],
        [THROUGHLINE_WEBSOCKET_RECEIVED_BYTES]: known.received[1],
      },
      { [THROUGHLINE_WEBSOCKET_CONNECT_DURATION]: connection?.openedAt && connection.openedAt - connection.start },
    ]);
    if (!connection) return;
    const known: Known = { connection, sent: [0, 0], received: [0, 0], isClosed: false, isFailed: false };
    const on = (type: string, listener: (event: never) => void): void => listen.call(socket, type, listener as EventListener);
    on("open", () => void (connection.openedAt = elapsed()));
    on("message", ({ data }: MessageEvent) => {
      known.received[0]++;
      known.received[1] += bytesOf(data);
    });
    on("error", () => void (known.isFailed = true));
    on("close", ({ code, wasClean }: CloseEvent) => {
      const isFailed = !known.isClosed && (known.isFailed || !wasClean || !isOrdinary(code));
      const outcome = isFailed ? "failed" : known.isClosed ? "closed_by_page" : "closed_by_server";
      connection.end(outcome, isFailed ? String(code) : undefined, { [THROUGHLINE_WEBSOCKET_CLOSE_CODE]: code });
    });
    sockets.set(socket, known);
  }

  return () => {
    for (const one of undo) one();
    connections.stop();
  };
}

/** Bytes of a message as it arrived. */
function bytesOf(data: unknown): number {
  if (typeof data == "string") return ASCII.test(data) ? data.length : new TextEncoder().encode(data).length;
  const { size, byteLength } = Object(data) as Partial<Blob & ArrayBuffer>;
  return size ?? byteLength ?? 0;
}

/** Whether a code says no error: done, the server goes, none, or one of the application. */
const isOrdinary = (code: number): boolean => code == 1000 || code == 1001 || code == 1005 || code >= 3000;

const ASCII = /^[\0-\x7f]*$/;
const OPEN = 1;
