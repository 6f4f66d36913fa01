// Starts telemetry: the first import of the page.

import { init } from "@throughline/browser";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
collectBreadcrumbs();
