// The entry of what a page decides about its telemetry: functions of which a page loads those that it uses.

export { initWithConsent, type Consent, type ConsentState } from "./control/consent.js";
export { diagnostics, type Diagnostics, type ExitWorker, type Killed, type MetricsTold, type Offline } from "./control/diagnostics.js";
export { shutdown } from "./control/shutdown.js";
export type { Options, Throughline } from "./options.js";
