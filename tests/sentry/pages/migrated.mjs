// @ts-check
// A page that was written for @sentry/browser, built with ours in its place.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: new URLSearchParams(location.search).get("dsn") ?? "",
  release: "migrated@1.2.3",
  environment: "test",
  initialScope: { tags: { team: "checkout" }, user: { id: "ada" } },
});

const button = document.createElement("button");
button.textContent = "Fail";
button.addEventListener("click", () => {
  Sentry.startSpan({ name: "order", op: "task", attributes: { items: 3 } }, () =>
    Sentry.withScope((scope) => {
      scope.setLevel("fatal");
      scope.setTag("step", 2);
      Sentry.captureException(new RangeError("the order is too large", { cause: new TypeError("no stock") }));
    }),
  );
});
document.body.append(button);
