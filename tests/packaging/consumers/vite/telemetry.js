// Starts telemetry: the first import of the page.

import { init } from "@throughline/browser";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";
import { traceRoutes } from "@throughline/browser/routes";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
traceRoutes({ templates: ["/orders/{order}"] });
collectBreadcrumbs();
