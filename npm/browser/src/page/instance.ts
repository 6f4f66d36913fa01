// How does the engine come to run?

import { __wbg_set_wasm, add } from "throughline-engine";
import text from "throughline-engine.wasm";
import { bytesOf } from "./bytes.js";

export { add, body, due, retry, seal } from "throughline-engine";

/** Makes the engine; rejects where WebAssembly may not run. */
export async function instantiate(facts: string): Promise<void> {
  module = await WebAssembly.compile(bytesOf(text));
  instantiateAgain(facts);
}

/** Makes it anew: the memory of a trapped instance is worth nothing. */
export function instantiateAgain(facts: string): void {
  // wasm-bindgen keeps a view of the memory until that memory has grown.
  memory?.grow(0);
  // It has an import for what it never does here: to hold or throw a JavaScript value.
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, () => {}]);
  const { exports } = new WebAssembly.Instance(module, { [FROM]: Object.fromEntries(imports) });
  memory = exports.memory as WebAssembly.Memory;
  __wbg_set_wasm(exports);
  add(facts);
}

let module: WebAssembly.Module;
let memory: WebAssembly.Memory | undefined;

const FROM = "./engine_bg.js";
