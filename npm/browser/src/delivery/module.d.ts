// Types of the modules that cargo and wasm-bindgen make; bundle.mjs resolves them.

/** The engine, of crates/throughline-browser. */
declare module "throughline-engine.wasm" {
  /** The module's bytes as text: see `bytesOf`. */
  const text: string;
  export default text;
}

/** The module that writes OTLP in the page, of crates/throughline-browser-otlp. */
declare module "throughline-otlp.wasm" {
  /** The module's bytes as text: see `bytesOf`. */
  const text: string;
  export default text;
}
