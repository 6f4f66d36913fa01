// The instance of the engine's WebAssembly module.
//
// The functions of crates/throughline-browser/src/exports.rs as wasm-bindgen lays them out: a
// text is an address and a length in the module's memory. wasm-bindgen's own JavaScript does
// the same, in three times the size. The module imports nothing: it holds no JavaScript value.

import text from "throughline-engine.wasm";
import { utf8, type Bytes } from "../core/post.js";
import { bytesOf } from "./module-bytes.js";

/** The exports of the module. */
export interface Exports {
  memory: WebAssembly.Memory;
  add(at: number, length: number): void;
  due(since: number, now: number): number;
  close(): number;
  injected(): number;
  body(path: number, batchIdAt: number, batchIdLength: number, sentAt: number): [at: number, length: number];
  __wbindgen_malloc(length: number, align: number): number;
  __wbindgen_free(at: number, length: number, align: number): void;
}

/** The exports of the present instance. */
export let engine: Exports | undefined;

/** Leaves the instance: the memory of one that trapped is not reliable. */
export const leave = (): unknown => (engine = undefined);

/** Returns the module, which is compiled when it is needed first: not while the page loads. */
export const compiled = (): WebAssembly.Module => (module ??= new WebAssembly.Module(bytesOf(text)));

/** Gives facts to the engine, of which there may be none yet; throws where WebAssembly is not allowed. */
export function add(facts: string): void {
  engine ??= new WebAssembly.Instance(compiled()).exports as unknown as Exports;
  engine.add(...passed(facts));
}

/** Returns the body of the closed batch, empty when there is nothing to send: `path` is 0 for the Bundle, 1 for its facts. */
export function body(path: number, batchId: string, sentAt: number): Bytes {
  const [at, length] = engine!.body(path, ...passed(batchId), sentAt);
  const bytes = memory().slice(at, at + length);
  engine!.__wbindgen_free(at, length, 1);
  return bytes;
}

/** Copies a text into the module's memory; the function that it is passed to frees it. */
function passed(text: string): [at: number, length: number] {
  const bytes = utf8(text);
  const { length } = bytes;
  const at = engine!.__wbindgen_malloc(length, 1);
  memory().set(bytes, at);
  return [at, length];
}

/** A view of the memory, which is a new buffer whenever it has grown. */
const memory = (): Bytes => new Uint8Array(engine!.memory.buffer as ArrayBuffer);

let module: WebAssembly.Module | undefined;
