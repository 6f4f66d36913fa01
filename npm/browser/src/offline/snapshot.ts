// Makes a Bundle of the open batch by a further instance of the engine, without closing the batch.

import type { Bytes } from "../core/post.js";

/** The exports of the engine's module: see `delivery/instance.ts`. */
interface Exports {
  memory: WebAssembly.Memory;
  add(at: number, length: number): void;
  close(): number;
  body(path: number, batchIdAt: number, batchIdLength: number, sentAt: number): [at: number, length: number];
  __wbindgen_malloc(length: number, align: number): number;
}

/** Returns the Bundle of these facts; nothing when it has no records. */
export function bundleOf(module: WebAssembly.Module, facts: string, id: string): Bytes | undefined {
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
  if (!engine.close()) return undefined;
  const [at, length] = engine.body(0, ...passed(id), Date.now());
  return memory().slice(at, at + length);
}
