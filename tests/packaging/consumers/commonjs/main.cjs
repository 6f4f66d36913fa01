// The page's script, of an app in CommonJS.

const { init } = require("@throughline/browser");
const { filterErrors } = require("@throughline/browser/errors");
const { showShop } = require("../shop.js");

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
filterErrors({ ignoreErrors: ["ResizeObserver loop"] });
showShop(document.body);
