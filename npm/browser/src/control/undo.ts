// Takes back what the client and optional parts have changed in the page.

import { CHANGES, ENDS } from "../context/places.js";
import type { Shared } from "../context/record.js";
import type { Change } from "../core/platform.js";

/** Ends optional parts, the last one first, and then the client. What others have put around ours stays. */
export function undo(shared: Shared): void {
  for (const end of ((shared[ENDS] ?? []) as (() => void)[]).splice(0).reverse())
    try {
      end();
    } catch {
      // The others end all the same.
    }
  for (const [types, one, natives, ours] of ((shared[CHANGES] ?? []) as Change[]).splice(0)) {
    for (const type of types) removeEventListener(type, one as EventListener, true);
    if (!natives) (one as Partial<MutationObserver>).disconnect?.();
    else for (const name of Object.keys(natives)) if (one[name] == ours![name]) one[name] = natives[name];
  }
}
