// Errors that nothing catches.

import * as Sentry from "@sentry/browser";

Sentry.init({ dsn: DSN });
Sentry.setTag("page", "orders");

function order(): void {
  throw new TypeError("the order has no items");
}

await new Promise<void>((resolve) => {
  setTimeout(() => {
    setTimeout(resolve);
    order();
  });
});
await new Promise<void>((resolve) => {
  addEventListener("unhandledrejection", () => setTimeout(resolve), { once: true });
  void Promise.reject(new RangeError("rejected"));
});
