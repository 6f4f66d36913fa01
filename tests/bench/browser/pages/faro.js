// Grafana Faro with tracing.

import { getWebInstrumentations, initializeFaro } from "@grafana/faro-web-sdk";
import { TracingInstrumentation } from "@grafana/faro-web-tracing";

initializeFaro({
  url: `${COLLECTOR}/collect`,
  app: { name: "shop-web" },
  instrumentations: [...getWebInstrumentations(), new TracingInstrumentation()],
});
