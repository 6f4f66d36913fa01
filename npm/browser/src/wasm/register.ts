// Registers the build ids of modules of WebAssembly, as scripts register their debug ids.

import { buildIdOf } from "./build-id.js";

/**
 * Registers the build id of a module, so that exceptions name it where its address is in their stacks: for modules that are not
 * compiled by `instantiateStreaming` or `compileStreaming`, or before `identifyModules` is called. The address is as stacks have it, or
 * relative to the document. A module without a build id is left alone. Returns the function that undoes it.
 */
export function registerModule(module: WebAssembly.Module, address: string | URL): () => void {
  try {
    const id = buildIdOf(module);
    // A script registers by a stack that was made in it: `delivery/images.ts` finds the address in front of line and column.
    const key = `${new URL(address, document.baseURI).href}:0:0`;
    const page = globalThis as { _throughlineDebugIds?: Record<string, string> };
    if (id) {
      const table = (page._throughlineDebugIds ??= {});
      table[key] = id;
      return () => {
        if (table[key] == id) delete table[key];
      };
    }
  } catch {
    // It is no module, or no address, or there is no document.
  }
  return () => {};
}
