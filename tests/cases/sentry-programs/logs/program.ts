// Log records by `logger`.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  beforeSendLog: (log) => (log.message === "refused" ? null : { ...log, attributes: { ...log.attributes, seen: true } }),
});

Sentry.logger.trace("a trace");
Sentry.logger.debug("a debug", { step: 1 });
Sentry.logger.info("an info", { user: "ada", total: 12.5, paid: false });
Sentry.logger.warn("a warning");
Sentry.logger.error("an error");
Sentry.logger.fatal("a fatal");
Sentry.logger.info("refused");
Sentry.logger.info(Sentry.logger.fmt`ordered ${3} of ${"tea"}`);
