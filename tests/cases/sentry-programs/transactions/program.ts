// Traces that `beforeSendTransaction` and `ignoreTransactions` change and refuse.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  tracesSampleRate: 1,
  traceLifecycle: "static",
  parentSpanIsAlwaysRootSpan: false,
  integrations: [Sentry.browserTracingIntegration({ instrumentPageLoad: false, instrumentNavigation: false })],
  ignoreTransactions: [/^health/],
  beforeSendTransaction(event) {
    if (event.contexts?.trace?.op === "pageload") return event;
    const { op, trace_id, span_id, data } = event.contexts!.trace!;
    note(
      event.type,
      event.transaction,
      op,
      trace_id?.length,
      span_id?.length,
      event.timestamp! >= event.start_timestamp!,
      data?.["items"],
      event.spans?.filter(({ op = "" }) => !op.startsWith("ui.")).map(({ description, op }) => [description?.replace(/http:\/\/[^/]*/, ""), op]),
    );
    if (event.transaction === "refused") return null;
    if (event.transaction === "throws") throw new Error("in beforeSendTransaction");
    if (event.transaction === "changed") {
      event.transaction = "changed, as it is sent";
      event.contexts!.trace!.data!["items"] = 5;
      event.spans = event.spans!.filter(({ description }) => description !== "removed");
      for (const span of event.spans) {
        span.description += "!";
        span.data["rate"] = 0.5;
      }
    }
    return event;
  },
});

for (const name of ["kept", "refused", "throws", "health of the shop", "changed"])
  await Sentry.startSpan({ name, op: "task", attributes: { items: 3 }, parentSpan: null }, async (span) => {
    Sentry.startSpan({ name: "inner", op: "function" }, () => Sentry.startSpan({ name: "deep" }, () => {}));
    Sentry.startSpan({ name: "removed" }, () => {});
    if (name === "refused") await Sentry.withActiveSpan(span, () => fetch("/api/refused"));
  });
await new Promise((resolve) => setTimeout(resolve, 400));
