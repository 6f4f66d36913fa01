// Spans as `beforeSendSpan` gets and changes them.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  tracesSampleRate: 1,
  parentSpanIsAlwaysRootSpan: false,
  integrations: [Sentry.browserTracingIntegration({ instrumentPageLoad: false, instrumentNavigation: false })],
  beforeSendSpan(span) {
    const { attributes } = span;
    if (attributes["sentry.op"] === "http.client") {
      note("request", span.name.startsWith("GET"), new URL(String(attributes["url.full"])).pathname, attributes["http.response.status_code"], span.status, span.is_segment);
      attributes["url.full"] = String(attributes["url.full"]).replace(/orders\/\d+/, "orders/hidden");
      attributes["items"] = 1;
      return span;
    }
    if (!/^(checkout|failing|price|returned|refused|throws|gone|loops|deleted)/.test(span.name)) return span;
    note(
      span.name,
      attributes["sentry.op"],
      span.status,
      span.is_segment,
      span.span_id.length,
      span.trace_id.length,
      !!span.parent_span_id,
      span.end_timestamp! >= span.start_timestamp && Math.abs(span.end_timestamp! - Date.now() / 1000) < 60,
      attributes["items"],
      attributes["coupon"],
    );
    if (span.name === "checkout") {
      span.name = "checkout, changed";
      attributes["sentry.op"] = "ui.changed";
      attributes["items"] = 4;
      attributes["rate"] = 0.5;
      attributes["paid"] = false;
      delete attributes["coupon"];
    }
    if (span.name === "failing") span.status = "ok";
    if (span.name === "price") span.status = "error";
    if (span.name === "returned") return { ...span, name: "another object", attributes: { items: [1, 2], "sentry.op": "made" } };
    if (span.name === "refused") return null as never;
    if (span.name === "throws") {
      attributes["items"] = "before it has thrown";
      throw new Error("in beforeSendSpan");
    }
    if (span.name === "gone") delete attributes["sentry.op"];
    return span;
  },
});

Sentry.startSpan({ name: "checkout", op: "ui.action", attributes: { items: 3, coupon: "none" }, parentSpan: null }, () => {
  Sentry.startSpan({ name: "price", op: "function" }, () => {});
  Sentry.startSpan({ name: "returned", attributes: { coupon: "x" } }, () => {});
  void fetch("/api/orders/17");
});
for (const name of ["refused", "throws", "gone"]) Sentry.startSpan({ name, op: "function", parentSpan: null }, () => {});
try {
  Sentry.startSpan({ name: "failing", parentSpan: null }, () => {
    throw new Error("in a span");
  });
} catch (error) {
  note((error as Error).message);
}
// The browser tells how long the phases of a request took a moment after its end.
await new Promise((resolve) => setTimeout(resolve, 400));
