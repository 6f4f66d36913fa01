// Errors that the page has caught, with what each is reported with.

import * as Sentry from "@sentry/browser";

Sentry.init({ dsn: DSN, release: "shop@1.2.3", environment: "staging", initialScope: { tags: { team: "checkout" } } });

Sentry.setUser({ id: "42", email: "ada@example.com", username: "ada" });
Sentry.setTag("plan", "pro");
Sentry.setTags({ beta: true, seats: 3 });
Sentry.setContext("cart", { items: 2, currency: "EUR" });
Sentry.setExtra("attempt", 1);

try {
  JSON.parse("{");
} catch (error) {
  Sentry.captureException(error);
}

Sentry.captureException(new RangeError("too many"), { level: "warning", tags: { section: "basket" }, extra: { attempt: 2 }, fingerprint: ["basket", "full"] });
Sentry.captureException(new Error("by a function"), (scope) => {
  scope.setTag("section", "payment");
  scope.setLevel("fatal");
  return scope;
});
Sentry.captureException(new TypeError("by a hint"), { captureContext: { user: { id: "7" } }, mechanism: { handled: false } });

const again = new Error("once");
Sentry.captureException(again);
Sentry.captureException(again);

Sentry.setUser(null);
Sentry.setContext("cart", null);
Sentry.setTag("plan", undefined);
const id = Sentry.captureException(new Error("afterwards"));
note("the id is the last one", id === Sentry.lastEventId(), id.length);
Sentry.captureException(new Error("order failed", { cause: new TypeError("no price", { cause: new Error("no network") }) }));
