// Spans that a page makes, their parents, and the requests in them.

import * as Sentry from "@sentry/browser";

Sentry.init({ dsn: DSN, tracesSampleRate: 1, parentSpanIsAlwaysRootSpan: false, integrations: [Sentry.browserTracingIntegration({ instrumentPageLoad: false, instrumentNavigation: false })] });

Sentry.startSpan({ name: "with an error", parentSpan: null }, () => {
  Sentry.setTag("in", "span");
  Sentry.captureException(new Error("of a span"));
});

const result = Sentry.startSpan({ name: "checkout", op: "ui.action", attributes: { items: 3, coupon: "none" }, parentSpan: null }, (span) => {
  note("active", Sentry.getActiveSpan() === span, span.spanContext().traceId.length);
  Sentry.startSpan({ name: "price", op: "function" }, () => {
    Sentry.startSpan({ name: "tax" }, (inner) => inner.setAttribute("rate", 0.19));
  });
  const waiting = Sentry.startInactiveSpan({ name: "stock", op: "function" });
  note("still active", Sentry.getActiveSpan() === span);
  Sentry.withActiveSpan(waiting, () => Sentry.startSpan({ name: "shelf" }, () => {}));
  waiting.end();
  void fetch("/api/checkout");
  span.setAttributes({ paid: true });
  return "result";
});
note(result);

Sentry.startSpanManual({ name: "manual", parentSpan: null }, (span, finish) => {
  span.updateName("manual, renamed");
  setTimeout(finish, 5);
});
await new Promise((resolve) => setTimeout(resolve, 20));

try {
  Sentry.startSpan({ name: "failing", parentSpan: null }, () => {
    throw new Error("in a span");
  });
} catch (error) {
  note((error as Error).message);
}
note(await Sentry.startSpan({ name: "waiting", parentSpan: null }, async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return "awaited";
}));

const header = "771a43a4192642f0b136d5159a501700-7c51afd529da4a2a-1";
Sentry.continueTrace({ sentryTrace: header, baggage: undefined }, () => {
  Sentry.startSpan({ name: "continued" }, (span) => note(span.spanContext().traceId, Sentry.getTraceData()["sentry-trace"]?.startsWith("771a43a4192642f0b136d5159a501700-")));
});
// The browser tells how long the phases of a request took a moment after its end.
await new Promise((resolve) => setTimeout(resolve, 400));
