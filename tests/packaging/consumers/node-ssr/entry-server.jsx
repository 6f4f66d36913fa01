// Prints the page: run by Node.js, with everything that the page imports.

import { init } from "@throughline/browser";
import { captureException } from "@throughline/browser/errors";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";
import { otlp } from "@throughline/browser/otlp";
import { traceRoutes } from "@throughline/browser/routes";
import { withSpan } from "@throughline/browser/spans";
import "@throughline/browser/script";
import { renderToString } from "react-dom/server";
import { Shop } from "../Shop.jsx";

// A module of both sides: on the server nothing of this does anything.
init({ endpoint: "/_t", protocol: otlp, serviceName: "shop-web" });
traceRoutes({ templates: ["/orders/{order}"] });
collectBreadcrumbs();
captureException(new Error("on the server"));
const shop = withSpan("render", () => renderToString(<Shop />));

console.log(`<!doctype html>
<html lang="en">
  <head><title>Shop</title><link rel="icon" href="data:," /></head>
  <body><div id="root">${shop}</div><script type="module" src="/entry-client.js"></script></body>
</html>`);
