// Spans as a `beforeSendSpan` of the static lifecycle gets and changes them.

import * as Sentry from "@sentry/browser";

/** A transaction is told when it is whole, and its spans after it. */
const told: unknown[][] = [];

Sentry.init({
  dsn: DSN,
  tracesSampleRate: 1,
  traceLifecycle: "static",
  parentSpanIsAlwaysRootSpan: false,
  integrations: [Sentry.browserTracingIntegration({ instrumentPageLoad: false, instrumentNavigation: false })],
  ignoreSpans: ["cache"],
  beforeSendSpan: Sentry.withStaticSpan((span) => {
    if (span.op === "pageload" || span.op?.startsWith("ui.long")) return span;
    if (span.op === "http.client") {
      told.push(["request", span.description?.replace(/http:\/\/[^/]*/, ""), span.data["http.response.status_code"]]);
      span.description = "GET /api/orders/{id}";
      span.data["items"] = 2;
      return span;
    }
    told.push([span.description, span.op, span.status, span.timestamp! >= span.start_timestamp, span.data["items"]]);
    if (span.description === "checkout") {
      span.description = "checkout, changed";
      span.data["items"] = 4;
      delete span.data["coupon"];
    }
    if (span.description === "price") return { ...span, description: "another object", data: { ...span.data, rate: 0.5 } };
    return span;
  }),
});

Sentry.startSpan({ name: "checkout", op: "ui.action", attributes: { items: 3, coupon: "none" }, parentSpan: null }, (span) => {
  Sentry.startSpan({ name: "price", op: "function" }, (price) => price.setStatus({ code: 2, message: "not_found" }));
  Sentry.startSpan({ name: "cache" }, () => Sentry.startSpan({ name: "below" }, () => {}));
  span.setAttribute("paid", true);
});
await Sentry.startSpan({ name: "order", parentSpan: null }, () => fetch("/api/orders/17"));
// The browser tells how long the phases of a request took a moment after its end.
await new Promise((resolve) => setTimeout(resolve, 400));
note(...told.map((one) => JSON.stringify(one)).sort());
