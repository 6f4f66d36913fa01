// Routes of TanStack Router by Sentry's name for it.

import type { Integration } from "@throughline/browser/sentry";
import { traceTanStackRouter, type TanStackRouter } from "../tanstack-router.js";

/** Records changes of the routes of a router as spans, named by its paths. */
export const tanstackRouterBrowserTracingIntegration = (router: any, options: { instrumentNavigation?: boolean; [name: string]: unknown } = {}): Integration => ({
  name: "BrowserTracing",
  setup() {
    if (options.instrumentNavigation !== false) traceTanStackRouter(router as TanStackRouter);
  },
});
