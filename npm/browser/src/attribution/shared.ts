// Works with the state that the page's client shares, whichever copy of the package or the script has made it.

import type { Shared } from "../context/record.js";
import { whenStarted } from "../control/started.js";

/** Calls `work` with it, as `whenStarted`. */
export function withShared(work: (shared: Shared) => void): void {
  whenStarted(({ shared }) => work(shared));
}
