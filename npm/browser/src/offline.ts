// The entry of what becomes of batches that could not be sent: functions of which a page loads those that it uses.

export { keepOffline } from "./offline/keep.js";
export { sendWhenKilled } from "./offline/later.js";
export { handToWorker } from "./offline/hand.js";
export type { ExitWorker, Killed, Offline, OfflineOptions } from "./offline/options.js";
