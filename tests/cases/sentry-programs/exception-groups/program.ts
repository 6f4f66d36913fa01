// Errors with others behind them: as `beforeSend` gets them, changes them, and as events that the page has made.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  beforeSend(event) {
    for (const { type, value, mechanism } of event.exception?.values ?? []) {
      const { handled, source, exception_id, parent_id, is_exception_group } = mechanism ?? {};
      note(type, value, handled, source, exception_id, parent_id, is_exception_group);
    }
    for (const exception of event.exception?.values ?? []) exception.value = exception.value?.replace(/card \d+/, "card");
    if (event.exception?.values) event.exception.values = event.exception.values.filter(({ value }) => value !== "secret");
    return event;
  },
});

const mirrors = [new TypeError("first mirror", { cause: new RangeError("card 4111") }), new Error("second mirror")];
await Promise.any(mirrors.map((error) => Promise.reject(error))).catch((error: unknown) => Sentry.captureException(error));
Sentry.captureException(new Error("wrapped", { cause: new AggregateError([new Error("inner")], "some failed") }));
Sentry.captureException(new AggregateError([new Error("secret"), new TypeError("told")], "two"));
Sentry.captureException(Object.assign(new Error("fields"), { errors: { name: "is missing" } }));
Sentry.captureEvent({
  level: "error",
  exception: {
    values: [
      { type: "Error", value: "made second", mechanism: { type: "chained", handled: true, source: "errors[1]", exception_id: 2, parent_id: 0 } },
      { type: "Error", value: "made first", mechanism: { type: "chained", handled: true, source: "errors[0]", exception_id: 1, parent_id: 0 } },
      { type: "AggregateError", value: "made", mechanism: { type: "generic", handled: true, is_exception_group: true, exception_id: 0 } },
    ],
  },
});
