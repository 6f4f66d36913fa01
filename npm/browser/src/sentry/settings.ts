// The options of `init`, for the functions of all files.

import type { Client } from "./client.js";
import type { BrowserOptions } from "./options.js";
import type { Integration } from "./event.js";

/** The state of the entry in this page. */
export interface Settings {
  options: BrowserOptions;
  integrations: readonly Integration[];
  client?: Client | undefined;
}

/** The state; without `init` there are no options. */
export const settings: Settings = { options: {}, integrations: [] };
