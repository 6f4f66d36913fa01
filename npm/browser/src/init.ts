// Starts the default signals, whichever entry was called.

import type { LoadEngine } from "./capture.js";
import { makeClient } from "./client.js";
import type { Options, Throughline } from "./options.js";
import { early as interactions } from "./signals/interactions/early.js";
import { early as requests, earlyXhr as xhr } from "./signals/requests/early.js";
import { early as vitals } from "./signals/vitals/early.js";

/** Returns the page's client, with the default signals if it is made now. Never throws. */
export const initDefault = (options: Options, load: LoadEngine): Throughline =>
  makeClient(options, { requests, xhr, interactions, vitals }, load);
