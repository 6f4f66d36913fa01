// Elastic's agent as it is by default.

import { init } from "@elastic/apm-rum";

init({ serviceName: "shop-web", serverUrl: COLLECTOR });
