// Runs a further instance of the engine once, beside that of the page, for an optional part.

import type { Bytes } from "./post.js";

/** The exports of the engine's module: see delivery/instance.ts. */
interface Exports {
  memory: WebAssembly.Memory;
  add(at: number, length: number): void;
  close(): number;
  body(path: number, batchIdAt: number, batchIdLength: number, sentAt: number): [at: number, length: number];
  __wbindgen_malloc(length: number, align: number): number;
}

/** Makes one batch of facts; returns how many records it has, and the function that writes its body, as `body` of delivery/instance.ts. */
export function batchOf(module: WebAssembly.Module, facts: string): [records: number, body: (path: number, batchId: string, sentAt: number) => Bytes] {
  // The instance is dropped with its memory.
  const engine = new WebAssembly.Instance(module).exports as unknown as Exports;
  const memory = (): Bytes => new Uint8Array(engine.memory.buffer as ArrayBuffer);
  const passed = (text: string): [at: number, length: number] => {
    const bytes = new TextEncoder().encode(text);
    const at = engine.__wbindgen_malloc(bytes.length, 1);
    memory().set(bytes, at);
    return [at, bytes.length];
  };
  engine.add(...passed(facts));
  return [
    engine.close(),
    (path, batchId, sentAt) => {
      const [at, length] = engine.body(path, ...passed(batchId), sentAt);
      return memory().slice(at, at + length);
    },
  ];
}
