// Messages with their levels.

import * as Sentry from "@sentry/browser";

Sentry.init({ dsn: DSN });
Sentry.captureMessage("plain");
for (const level of ["fatal", "error", "warning", "info", "debug"] as const) Sentry.captureMessage(`level ${level}`, level);
Sentry.captureMessage("with context", { level: "warning", tags: { kind: "slow" }, user: { id: "9" } });
Sentry.captureEvent({ message: "made by hand", level: "error", tags: { made: "hand" }, extra: { n: 1 } });
Sentry.captureEvent({ level: "fatal", exception: { values: [{ type: "PaymentError", value: "declined", mechanism: { type: "generic", handled: false } }] }, tags: { made: "hand" } });
