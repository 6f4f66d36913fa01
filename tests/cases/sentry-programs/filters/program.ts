// Errors that the options refuse.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  ignoreErrors: ["quota", /^AbortError: /, /^exactly this$/],
  denyUrls: [/\/vendor\//, "ads.example"],
});

const at = (message: string, script: string): Error => Object.assign(new Error(message), { stack: `Error: ${message}\n    at run (${script}:10:20)` });

Sentry.captureException(new Error("the quota is used up"));
Sentry.captureException(Object.assign(new Error("stopped"), { name: "AbortError" }));
Sentry.captureException(new Error("exactly this"));
Sentry.captureException(new Error("not exactly this"));
Sentry.captureException(at("of a vendor", `${location.origin}/vendor/widget.js`));
Sentry.captureException(at("of an ad", "https://ads.example/show.js"));
Sentry.captureException(at("of the shop", `${location.origin}/shop.js`));
Sentry.captureException(new Error("ResizeObserver loop completed with undelivered notifications."));
Sentry.captureMessage("the quota of messages");
Sentry.captureMessage("a message");
