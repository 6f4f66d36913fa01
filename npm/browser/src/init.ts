// Starts the default signals, whichever entry was called.

import type { LoadEngine } from "./capture.js";
import { makeClient } from "./client.js";
import type { Parts } from "./context/degraded.js";
import type { Options, Throughline } from "./options.js";
import { early as interactions } from "./signals/interactions/early.js";
import { early as requests } from "./signals/requests/early.js";
import type { EarlySignal } from "./signals/signal.js";
import { early as vitals } from "./signals/vitals/early.js";

/**
 * Returns the page's client; if it is made now, with the default signals and `more` of an
 * entry. Never throws.
 */
export const initDefault = (options: Options, load: LoadEngine, more?: Parts<EarlySignal>): Throughline =>
  makeClient(options, { requests, ...more, interactions, vitals }, load);
