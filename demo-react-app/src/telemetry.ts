// Starts Throughline; no other file of the page uses it.

import { init } from "@throughline/browser";

init({
  // The edge serves the page, receives its telemetry and proxies its requests.
  endpoint: "/_t",
  key: "pk_demo",
  serviceName: "shop-web",
  serviceVersion: "0.1.0",
  environment: "demo",
});
