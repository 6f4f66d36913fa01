// The entry of WebSockets: a span for each connection.

export { traceWebSockets } from "./websocket/trace.js";
export type { ConnectionOptions } from "./connections/connection.js";
export type { Templates } from "./templates/template.js";
