// Names the place of what belongs to the load of this document, whatever the address is by now.

import type { ContextFact } from "../generated/facts.js";
import { navigation } from "./document.js";
import { place, shared } from "./record.js";
import { ROUTE_OF_DOCUMENT } from "./places.js";

/** The present session at the address of this document. */
export function documentPlace(): ContextFact {
  const here = place();
  return ["C", here[1], navigation()?.name ?? here[2], (shared[ROUTE_OF_DOCUMENT] as ((own: readonly string[]) => string[]) | undefined)?.(here[3]!) ?? here[3]!];
}
