// The frames of an event, as `beforeSend` gets them.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  beforeSend(event) {
    const frames = event.exception?.values?.[0]?.stacktrace?.frames ?? [];
    const inner = frames.at(-1);
    note(inner?.function, new URL(inner?.filename ?? "").pathname, typeof inner?.lineno, typeof inner?.colno, frames.length > 1);
    return event;
  },
});

function innermost(): never {
  throw new Error("with frames");
}

function outer(): void {
  innermost();
}

try {
  outer();
} catch (error) {
  Sentry.captureException(error);
}
