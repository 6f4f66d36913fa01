// Types of the parts of the package `ws` that these tests use.

declare module "ws" {
  export class WebSocket {
    constructor(address: string);
    once(event: "open" | "error", listener: (error?: Error) => void): void;
    on(event: "message", listener: (text: Buffer) => void): void;
    send(text: string): void;
  }
}
