// What cargo and wasm-bindgen make of crates/throughline-browser; build.mjs puts it in.

declare module "throughline-engine" {
  /** Each is documented in crates/throughline-browser/src/exports.rs. */
  export function begin(facts: string): void;
  export function add(facts: string): void;
  export function due(now: number): number;
  export function seal(): number;
  export function bundle(batchId: string, sentAt: number): Uint8Array<ArrayBuffer>;
  export function traces(): Uint8Array<ArrayBuffer>;
  export function logs(): Uint8Array<ArrayBuffer>;
  export function retry(failures: number, retryAfter: number, chance: number): number;
  /** Makes an instance of a compiled module. */
  export function initSync(module: { module: WebAssembly.Module }): unknown;
  /** Drops the instance and makes another of the same module. */
  export function __wbg_reset_state(): void;
}

declare module "throughline-engine.wasm" {
  /** The module: deflated, in base64, because that passes every bundler. */
  const deflated: string;
  export default deflated;
}
