// The JavaScript that wasm-bindgen makes for crates/throughline-sourcemap-wasm; `cargo xtask sourcemaps` writes it
// beside what is compiled of this folder.

/** Compiles and starts the module, once. */
export function initSync(options: { module: Uint8Array }): unknown;

/** Forgets the module's instance, which a trap has left as it was; the next calls are to a new one. */
export function __wbg_reset_state(): void;

/** An index, in the module's memory. */
export interface Made {
  take(): Uint8Array;
  debugId(): string;
  summary(): string;
  free(): void;
}

/** Throws an Error whose message says what is wrong with the map. */
export function createIndex(map: Uint8Array, script?: Uint8Array): Made;
