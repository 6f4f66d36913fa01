// Types of the engine, which cargo and wasm-bindgen make of crates/throughline-browser; bundle.mjs resolves it.

declare module "throughline-engine" {
  /** Each is documented in crates/throughline-browser/src/exports.rs. */
  export function add(facts: string): void;
  export function due(now: number): number;
  export function seal(): number;
  export function body(path: number, batchId: string, sentAt: number): Uint8Array<ArrayBuffer>;
  export function retry(failures: number, retryAfter: number, chance: number): number;
  /** Sets the instance that these functions call. */
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
}

declare module "throughline-engine.wasm" {
  /** The module's bytes as text: see `bytesOf`. */
  const text: string;
  export default text;
}
