// The page's script, of an app in CommonJS.

const { init } = require("@throughline/browser");
const { filterErrors } = require("@throughline/browser/errors");
const { traceRoutes } = require("@throughline/browser/routes");
const { showShop } = require("../shop.js");

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
traceRoutes({ templates: ["/orders/{order}"] });
filterErrors({ ignoreErrors: ["ResizeObserver loop"] });
showShop(document.body);
