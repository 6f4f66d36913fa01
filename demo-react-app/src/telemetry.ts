// Starts Throughline; `main.tsx` and `App.tsx` report the errors of React.

import { init } from "@throughline/browser";

init({
  // The edge serves the page, receives its telemetry and proxies its requests.
  endpoint: "/_t",
  key: "pk_demo",
  serviceName: "shop-web",
  serviceVersion: "0.1.0",
  environment: "demo",
});
