// Dash0's SDK as it is by default.

import { init } from "@dash0/sdk-web";

init({ serviceName: "shop-web", endpoint: { url: COLLECTOR, authToken: "auth_bench" } });
