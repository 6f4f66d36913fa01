// The script of the page that the server has rendered.

import { init } from "@throughline/browser";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";
import { traceRoutes } from "@throughline/browser/routes";
import { rootHooks } from "@throughline/react";
import { hydrateRoot } from "react-dom/client";
import { Shop } from "../Shop.jsx";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
traceRoutes({ templates: ["/orders/{order}"] });
collectBreadcrumbs();
hydrateRoot(document.getElementById("root"), <Shop />, rootHooks());
