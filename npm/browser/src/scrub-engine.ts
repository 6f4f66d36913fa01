// The late part of the default signals and the engine that redacts: in place of `engine.ts`, with another
// WebAssembly module (bundle.mjs).

export { deliver } from "./engine.js";
