// Names the place of what belongs to the load of this document, whatever the address is by now.

import type { ContextFact } from "../generated/facts.js";
import { navigation } from "./document.js";
import { place } from "./record.js";

/** The present session at the address of this document. */
export function documentPlace(): ContextFact {
  const here = place();
  return ["C", here[1], navigation()?.name ?? here[2], here[3]!];
}
