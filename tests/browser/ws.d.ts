// Types of the parts of the package `ws` that these tests use.

declare module "ws" {
  export class WebSocket {
    constructor(address: string);
    once(event: "open" | "error", listener: (error?: Error) => void): void;
    on(event: "message", listener: (text: Buffer, isBinary: boolean) => void): void;
    send(text: string | Buffer): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
  }
  export class WebSocketServer {
    constructor(options: { port: number; host: string });
    on(event: "connection", listener: (socket: WebSocket, request: import("node:http").IncomingMessage) => void): void;
    once(event: "listening", listener: () => void): void;
    address(): import("node:net").AddressInfo;
    readonly clients: Set<WebSocket>;
    close(done: () => void): void;
  }
}
