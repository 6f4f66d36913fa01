// The page's script.

import { init } from "@throughline/browser";
import { filterErrors } from "@throughline/browser/errors";
import { traceRoutes } from "@throughline/browser/routes";
import { showShop } from "../shop.js";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
traceRoutes({ templates: ["/orders/{order}"] });
filterErrors({ ignoreErrors: ["ResizeObserver loop"] });
showShop(document.body);
