// Nothing is sent, and everything works.

import * as Sentry from "@sentry/browser";

Sentry.init({ dsn: DSN, enabled: false });
Sentry.setTag("a", "b");
Sentry.setUser({ id: "1" });
Sentry.addBreadcrumb({ message: "none" });
const id = Sentry.captureException(new Error("not sent"));
note(id.length, Sentry.withScope((scope) => scope.setTag("c", "d") === scope));
note(Sentry.startSpan({ name: "not sent" }, (span) => typeof span.spanContext().traceId));
Sentry.logger.info("not sent");
note(Sentry.isInitialized(), Sentry.getClient()?.getOptions().enabled);
