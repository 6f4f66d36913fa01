// The entry of marks and measures that the page makes with `performance`.

export { traceUserTimings } from "./user-timings/trace.js";
export type { UserTimingOptions } from "./user-timings/trace.js";
