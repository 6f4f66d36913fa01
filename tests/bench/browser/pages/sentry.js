// Sentry's SDK with tracing.

import { browserTracingIntegration, init } from "@sentry/browser";

init({
  dsn: `${COLLECTOR.replace("//", "//key@")}/1`,
  release: "shop-web@1.0.0",
  integrations: [browserTracingIntegration()],
  tracesSampleRate: 1,
});
