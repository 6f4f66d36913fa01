// Telemetry of a page with the script, once its visitor has agreed.

import { initWithConsent, shutdown } from "@throughline/browser/control.js";
import { keep } from "@throughline/browser/keep.js";

const start = (options) => {
  const client = Throughline.init(options);
  keep({ ratio: 0.1 });
  return client;
};
const consent = initWithConsent(start, { endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
document.getElementById("agree").onclick = () => consent.set("granted");
document.getElementById("stop").onclick = () => shutdown();
