// The entry of sessions: how they go on, and their end.

export { trackSession } from "./session/track.js";
