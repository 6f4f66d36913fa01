// The entry of modules of WebAssembly: exceptions name those in their stacks with their build ids.

export { identifyModules } from "./wasm/identify.js";
export { registerModule } from "./wasm/register.js";
