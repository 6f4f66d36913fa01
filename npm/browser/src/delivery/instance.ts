// The instance of the engine's WebAssembly module.

import { __wbg_set_wasm, add } from "throughline-engine";
import text from "throughline-engine.wasm";
import { bytesOf } from "./module-bytes.js";

export { add, body, due, retry, seal } from "throughline-engine";

/** Compiles the module and makes an instance; rejects where WebAssembly is not allowed. */
export async function instantiate(facts: string): Promise<void> {
  module = await WebAssembly.compile(bytesOf(text));
  instantiateAgain(facts);
}

/** Makes a new instance: the memory of an instance that trapped is not reliable. */
export function instantiateAgain(facts: string): void {
  // wasm-bindgen keeps a view of the memory until that memory has grown.
  memory?.grow(0);
  // The imports hold or throw JavaScript values, which the engine never does here.
  const imports = WebAssembly.Module.imports(module).map(({ name }) => [name, () => {}]);
  const { exports } = new WebAssembly.Instance(module, { [FROM]: Object.fromEntries(imports) });
  memory = exports.memory as WebAssembly.Memory;
  __wbg_set_wasm(exports);
  add(facts);
}

let module: WebAssembly.Module;
let memory: WebAssembly.Memory | undefined;

const FROM = "./engine_bg.js";
