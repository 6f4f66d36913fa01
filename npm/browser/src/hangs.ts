// The entry of hangs: the page does not react.

export { traceHangs } from "./hangs/trace.js";
export type { HangOptions } from "./hangs/trace.js";
export { watchHangs } from "./hangs/watch.js";
export type { WatchOptions } from "./hangs/watch.js";
