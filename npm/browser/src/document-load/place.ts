// The session and address of what belongs to the document's load, for an optional part.

import { ROUTE_OF_DOCUMENT } from "../context/places.js";
import type { Shared } from "../context/record.js";
import { entriesOf } from "../core/platform.js";
import type { ContextFact } from "../generated/facts.js";

/** The present session at the address of this document, as in context/document-place.ts. */
export function documentPlaceOf(shared: Shared): ContextFact {
  const [kind, session, address, own = []] = shared[4]();
  const ofDocument = shared[ROUTE_OF_DOCUMENT] as ((own: readonly string[]) => string[]) | undefined;
  return [kind, session, entriesOf("navigation")[0]?.name ?? address, ofDocument?.(own) ?? own];
}
