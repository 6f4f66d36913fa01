// Routes of React Router 7, of a data router.

import * as Sentry from "@sentry/react";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { createBrowserRouter, createRoutesFromChildren, Link, matchRoutes, RouterProvider, useLocation, useNavigationType } from "react-router-7";

Sentry.init({
  dsn: DSN,
  tracesSampleRate: 1,
  integrations: [
    Sentry.reactRouterV7BrowserTracingIntegration({ useEffect, useLocation, useNavigationType, createRoutesFromChildren, matchRoutes, idleTimeout: 100, finalTimeout: 300 }),
  ],
});

const router = Sentry.wrapCreateBrowserRouterV7(createBrowserRouter)([
  { path: "/", element: <Link id="to-order" to="/orders/1742">Order</Link> },
  { path: "/orders/:orderId", element: <b id="order">Order</b> },
]);
createRoot(document.body.appendChild(document.createElement("div"))).render(<RouterProvider router={router} />);

await shown("#to-order");
await new Promise((resolve) => setTimeout(resolve, 400));
await clicked("#to-order");
await shown("#order");
// A route ends once nothing happens.
await new Promise((resolve) => setTimeout(resolve, 700));
