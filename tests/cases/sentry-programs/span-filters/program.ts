// Spans that `ignoreSpans` refuses: a child's children get its parent, a root takes all of its trace along.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  tracesSampleRate: 1,
  parentSpanIsAlwaysRootSpan: false,
  integrations: [Sentry.browserTracingIntegration({ instrumentPageLoad: false, instrumentNavigation: false })],
  ignoreSpans: [
    "cache",
    /^poll\b/,
    { op: "noise", name: /^internal/ },
    { op: "db" },
    { attributes: { kind: "test", retries: 2 } },
    { attributes: { parts: ["a", "b"] } },
    { attributes: { "url.full": /\/health$/ } },
  ],
});

Sentry.startSpan({ name: "checkout", parentSpan: null }, (root) => {
  Sentry.startSpan({ name: "read the cache" }, (span) => {
    note("of a child", span.isRecording(), Sentry.getActiveSpan() === root);
    Sentry.startSpan({ name: "below the cache" }, () => {});
    void fetch("/api/below");
  });
  Sentry.startSpan({ name: "internal step", op: "noise" }, () => {});
  Sentry.startSpan({ name: "internal step", op: "other" }, () => {});
  Sentry.startSpan({ name: "other step", op: "noise" }, () => {});
  Sentry.startSpan({ name: "query", op: "db.sql" }, () => {});
  Sentry.startSpan({ name: "both", attributes: { kind: "a test", retries: 2 } }, () => {});
  Sentry.startSpan({ name: "one", attributes: { kind: "a test", retries: 3 } }, () => {});
  Sentry.startSpan({ name: "list", attributes: { parts: ["a", "b"] } }, () => {});
  Sentry.startSpan({ name: "other list", attributes: { parts: ["a"] } }, () => {});
  Sentry.startSpan({ name: "fine" }, (span) => span.updateName("fine, and poll"));
  const inactive = Sentry.startInactiveSpan({ name: "cache of images" });
  Sentry.withActiveSpan(inactive, () => Sentry.startSpan({ name: "of what is ignored" }, () => {}));
  inactive.end();
  Sentry.startSpanManual({ name: "poll by hand" }, (span, finish) => {
    Sentry.startSpan({ name: "by hand" }, () => {});
    span.end();
    finish();
  });
  void fetch("/api/health");
  void fetch("/api/order");
});

await Sentry.startSpan({ name: "poll", parentSpan: null }, async () => {
  Sentry.startSpan({ name: "in an ignored root" }, () => Sentry.startSpan({ name: "deep in it" }, () => {}));
  Sentry.captureException(new Error("of an ignored root"));
  await fetch("/api/poll");
});

Sentry.continueTrace({ sentryTrace: "771a43a4192642f0b136d5159a501700-7c51afd529da4a2a-1", baggage: undefined }, () => {
  Sentry.startSpan({ name: "poll again" }, () => Sentry.startSpan({ name: "in a root that is continued" }, () => {}));
  Sentry.startSpan({ name: "beside it" }, () => {});
});
// The browser tells how long the phases of a request took a moment after its end.
await new Promise((resolve) => setTimeout(resolve, 400));
