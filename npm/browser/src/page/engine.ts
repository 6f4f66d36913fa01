// How does the engine come to run?

import { __wbg_reset_state, begin, initSync } from "throughline-engine";
import deflated from "throughline-engine.wasm";

export { add, bundle, due, logs, retry, seal, traces } from "throughline-engine";

/** Makes the engine; rejects where WebAssembly may not run. */
export async function instantiate(facts: string): Promise<void> {
  const bytes = Uint8Array.from(atob(deflated), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const module = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  initSync({ module });
  begin(facts);
}

/** Makes it anew: the memory of a trapped instance is worth nothing. */
export function instantiateAgain(facts: string): void {
  __wbg_reset_state();
  begin(facts);
}
