// Scopes, whose data is that of the events which are captured in them, and of no other.

import * as Sentry from "@sentry/browser";

Sentry.init({ dsn: DSN });
Sentry.setTag("where", "everywhere");
Sentry.getGlobalScope().setTag("shop", "north");

const returned = Sentry.withScope((scope) => {
  scope.setTag("where", "outer");
  scope.setLevel("warning");
  scope.setUser({ id: "1" });
  scope.setExtras({ step: 1, list: ["a", "b"] });
  scope.setContext("order", { id: 17, state: { paid: false } });
  scope.setFingerprint(["{{ default }}", "outer"]);
  Sentry.captureException(new Error("outer"));
  Sentry.withScope((inner) => {
    inner.setTag("inner", "yes");
    inner.setTransactionName("/orders/:id");
    Sentry.getCurrentScope().setTag("current", "inner");
    Sentry.captureMessage("inner", "info");
  });
  Sentry.captureException(new Error("outer again"));
  return "returned";
});
note(returned);

Sentry.captureException(new Error("outside"));
try {
  Sentry.withScope((scope) => {
    scope.setTag("where", "thrown");
    throw new Error("through");
  });
} catch (error) {
  Sentry.captureException(error);
}

const scope = new Sentry.Scope();
scope.setTag("where", "a scope of its own");
Sentry.captureException(new Error("with a scope"), scope);

Sentry.getCurrentScope().setTag("late", 1);
Sentry.withIsolationScope((isolation) => {
  isolation.setTag("isolation", "one");
  Sentry.captureMessage("isolated");
});
Sentry.getCurrentScope().setTag("late", undefined);
Sentry.captureMessage("without it", { level: "debug", tags: { last: "yes" } });
