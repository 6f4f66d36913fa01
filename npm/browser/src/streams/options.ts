// Options of streams.

import type { ConnectionOptions } from "../connections/connection.js";

/** Options of `traceStreams`. */
export interface StreamOptions {
  /**
   * Addresses of APIs of models, in the form of templates: their requests get `gen_ai.response.time_to_first_chunk`, in
   * seconds.
   */
  models?: readonly string[];
  /** Addresses of other responses that arrive in parts, likewise: `throughline.response.time_to_first_chunk`, in ms. */
  responses?: readonly string[];
  /** Whether connections of EventSource are spans, and which (default `false`). */
  eventSources?: boolean | ConnectionOptions;
}
