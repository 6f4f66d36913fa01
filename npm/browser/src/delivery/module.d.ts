// Types of the engine, which cargo and wasm-bindgen make of crates/throughline-browser; bundle.mjs resolves it.

declare module "throughline-engine.wasm" {
  /** The module's bytes as text: see `bytesOf`. */
  const text: string;
  export default text;
}
