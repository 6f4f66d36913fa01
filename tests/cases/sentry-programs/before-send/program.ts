// `beforeSend` and event processors change events and refuse them.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  release: "shop@2.0.0",
  beforeSend(event, hint) {
    const [exception] = event.exception?.values ?? [];
    note("sent", event.level, event.release, event.request?.url === location.href, event.event_id?.length);
    note(event.message ?? [exception?.type, exception?.value, exception?.mechanism?.handled]);
    const error = hint.originalException;
    if (error instanceof RangeError) return null;
    if (exception?.value?.includes("card")) {
      exception.value = exception.value.replace(/\d{4,}/g, "[number]");
      event.tags = { ...event.tags, filtered: "yes" };
      event.level = "warning";
      event.fingerprint = ["card"];
      delete event.user;
      event.extra = { reason: "card" };
    }
    return event;
  },
});
Sentry.setUser({ id: "42" });
Sentry.addEventProcessor((event) => {
  if (event.message === "dropped by a processor") return null;
  event.tags = { ...event.tags, processed: 1 };
  return event;
});

Sentry.captureException(new RangeError("refused"));
Sentry.captureException(new Error("card 41111111 declined"));
Sentry.captureException(new Error("as it is"));
Sentry.captureMessage("dropped by a processor");
Sentry.captureMessage("kept message");
