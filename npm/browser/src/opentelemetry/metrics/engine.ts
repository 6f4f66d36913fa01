// Reduces facts by a further instance of the engine, beside that of the page.

import { batchOf } from "../../core/further-instance.js";

/** Returns the facts as the engine redacts them. */
export function reduce(module: WebAssembly.Module, facts: string): string {
  const [, body] = batchOf(module, facts);
  return new TextDecoder().decode(body(FACTS, "", 0));
}

const FACTS = 1;
