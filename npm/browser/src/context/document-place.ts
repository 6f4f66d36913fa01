// Names the place of what belongs to the load of this document, whatever the address is by now.

import type { ContextFact } from "../generated/facts.js";
import { navigation } from "./document.js";
import { place, shared } from "./record.js";

/** The present session at the address of this document. */
export function documentPlace(): ContextFact {
  const here = place();
  return ["C", here[1], navigation()?.name ?? here[2], (shared[OF_DOCUMENT] as ((own: readonly string[]) => string[]) | undefined)?.(here[3]!) ?? here[3]!];
}

/** The place in `shared` of the function that an optional part has for this: the attributes of the document by those of now. */
const OF_DOCUMENT = 15;
