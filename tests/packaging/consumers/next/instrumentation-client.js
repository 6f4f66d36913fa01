// Starts telemetry: Next.js runs this file before it hydrates the page.

import { init } from "@throughline/browser";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
collectBreadcrumbs();

export { onRouterTransitionStart } from "@throughline/react/next";
