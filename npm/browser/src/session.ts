// The entry of sessions: their end, and whether the page is shown.

export { trackSession } from "./session/track.js";
export type { SessionOptions } from "./session/track.js";
