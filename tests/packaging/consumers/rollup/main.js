// The page's script.

import { init } from "@throughline/browser";
import { filterErrors } from "@throughline/browser/errors";
import { showShop } from "../shop.js";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
filterErrors({ ignoreErrors: ["ResizeObserver loop"] });
showShop(document.body);
