// Throughline with its default composition.

import { init } from "@throughline/browser";

init({ endpoint: COLLECTOR, key: "pk_bench", serviceName: "shop-web" });
