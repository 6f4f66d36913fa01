// Routes of TanStack Router.

import * as Sentry from "@sentry/react";
import { createRootRoute, createRoute, createRouter, Link, Outlet, RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";

const root = createRootRoute({ component: Outlet });
const home = createRoute({ getParentRoute: () => root, path: "/", component: () => <Link id="to-order" to="/orders/$orderId" params={{ orderId: "1742" }}>Order</Link> });
const order = createRoute({ getParentRoute: () => root, path: "/orders/$orderId", component: () => <b id="order">Order</b> });
const router = createRouter({ routeTree: root.addChildren([home, order]) });

Sentry.init({
  dsn: DSN,
  tracesSampleRate: 1,
  integrations: [Sentry.tanstackRouterBrowserTracingIntegration(router, { idleTimeout: 100, finalTimeout: 300 })],
});
createRoot(document.body.appendChild(document.createElement("div"))).render(<RouterProvider router={router as never} />);

await shown("#to-order");
await new Promise((resolve) => setTimeout(resolve, 400));
await clicked("#to-order");
await shown("#order");
// A route ends once nothing happens.
await new Promise((resolve) => setTimeout(resolve, 700));
