// The script of the page that the server has rendered.

import { init } from "@throughline/browser";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";
import { rootHooks } from "@throughline/react";
import { hydrateRoot } from "react-dom/client";
import { Shop } from "../Shop.jsx";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
collectBreadcrumbs();
hydrateRoot(document.getElementById("root"), <Shop />, rootHooks());
