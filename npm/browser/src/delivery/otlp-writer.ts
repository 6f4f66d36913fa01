// Calls the WebAssembly module that writes the engine's facts as OTLP.

import type { OtlpWriter } from "../core/minimal.js";

/** The exports of the module: crates/throughline-browser-otlp. */
interface Exports {
  memory: WebAssembly.Memory;
  write(at: number, length: number): [at: number, length: number];
  __wbindgen_malloc(length: number, align: number): number;
}

/** The writer of a compiled module. */
export const writerOf =
  (module: WebAssembly.Module): OtlpWriter =>
  (facts) => {
    // An instance for each batch: it has no state, and one that trapped is of no use.
    const { memory, write, __wbindgen_malloc } = new WebAssembly.Instance(module).exports as unknown as Exports;
    const at = __wbindgen_malloc(facts.length, 1);
    new Uint8Array(memory.buffer).set(facts, at);
    const [from, length] = write(at, facts.length);
    const bytes = new Uint8Array(memory.buffer as ArrayBuffer, from, length);
    // Four bytes say how long the spans are, and four how many exceptions are left out.
    const [spans = 0, injected = 0] = new Uint32Array(bytes.slice(0, 8).buffer);
    return [bytes.slice(8, 8 + spans), bytes.slice(8 + spans), injected];
  };
