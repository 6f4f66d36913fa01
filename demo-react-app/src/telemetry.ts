// Who watches this page? The only file that knows.

import { init } from "@throughline/browser";

init({
  // The edge serves the page, takes its telemetry and passes its requests on.
  endpoint: "/_t",
  key: "pk_demo",
  serviceName: "shop-web",
  serviceVersion: "0.1.0",
  environment: "demo",
});
