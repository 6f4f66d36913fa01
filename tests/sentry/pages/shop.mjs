// @ts-check
// A page with @sentry/browser, as it is in its registry. Buttons make it do things.

import * as Sentry from "@sentry/browser";

// As bundlers do it for the files that they build.
Object.assign(globalThis, { _sentryDebugIds: { [`${new Error().stack}`]: "2f259f80-58b7-44cb-a7cd-de1505e7e718" } });

Sentry.init({
  dsn: new URLSearchParams(location.search).get("dsn") ?? "",
  release: "shop@1.2.3",
  environment: "test",
  integrations: [Sentry.browserTracingIntegration({ idleTimeout: 500 })],
  // Nearly all, and not 1: then the SDK tells the number that it drew.
  tracesSampleRate: 0.999999999,
  tracePropagationTargets: [location.origin],
  propagateTraceparent: true,
  initialScope: { tags: { team: "checkout" }, user: { id: "ada", email: "ada@shop.example" } },
});

function basket() {
  throw new TypeError("the basket is gone");
}

/** @param {string} name @param {() => unknown} press */
function button(name, press) {
  const element = document.createElement("button");
  element.textContent = name;
  element.addEventListener("click", press);
  document.body.append(element);
}

button("Fail", () => basket());
button("Order", () =>
  Sentry.startSpan({ name: "order", op: "task", attributes: { items: 3 } }, async () => {
    await (await fetch("/orders")).json();
    Sentry.logger.info(Sentry.logger.fmt`ordered ${3} things`);
    Sentry.metrics.distribution("order.total", 12.5, { unit: "euro" });
    Sentry.captureMessage("ordered", "info");
  }),
);
button("Complain", () => Sentry.captureFeedback({ message: "the tea is cold", name: "Ada" }));
button("Send", async () => {
  await Sentry.flush(5000);
  document.title = "sent";
});
