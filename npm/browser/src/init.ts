// The default signals, whichever entry is called.

import type { Parts } from "./context/degraded.js";
import { early as interactions } from "./signals/interactions/early.js";
import { early as requests, earlyXhr as xhr } from "./signals/requests/early.js";
import type { EarlySignal } from "./signals/signal.js";
import { early as vitals } from "./signals/vitals/early.js";

/** The signals that the entries capture besides errors. */
export const defaultSignals: Parts<EarlySignal> = { fetch: requests, xhr, interactions, vitals };
