// The last breadcrumbs, of the page's own alone.

import * as Sentry from "@sentry/browser";

Sentry.init({
  dsn: DSN,
  maxBreadcrumbs: 3,
  integrations: [Sentry.breadcrumbsIntegration({ dom: false, fetch: false, xhr: false, history: false, sentry: false }), Sentry.consoleIntegration({ levels: ["error"] })],
});

for (const n of [1, 2, 3, 4]) Sentry.addBreadcrumb({ category: "count", message: `number ${n}` });
await fetch("/api/stock");
console.info("not collected");
history.pushState(null, "", "/elsewhere");
Sentry.captureException(new Error("with three"));
Sentry.captureException(new Error("with three again"));
