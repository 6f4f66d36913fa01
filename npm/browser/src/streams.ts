// The entry of streams: the first chunk of responses, and server-sent events.

export { traceStreams } from "./streams/trace.js";
export type { StreamOptions } from "./streams/options.js";
export type { ConnectionOptions } from "./connections/connection.js";
export type { Templates } from "./templates/template.js";
