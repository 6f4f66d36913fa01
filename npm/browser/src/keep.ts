// The entry of sampling in the page: spans are kept by ratio, and all of them when something matters.

export { keep, keepNow } from "./keep/keep.js";
export type { KeepOptions } from "./keep/options.js";
