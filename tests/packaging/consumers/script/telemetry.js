// Parts of the package that are not in the script: modules, which find the client that the script has made.

import { collectBreadcrumbs } from "/throughline/breadcrumbs.js";
import { filterErrors, setUser } from "/throughline/errors.js";
import { traceRoutes } from "/throughline/routes.js";

traceRoutes({ templates: ["/orders/{order}"] });
collectBreadcrumbs();
filterErrors({ ignoreErrors: ["ResizeObserver loop"] });
setUser({ id: "u-7" });
