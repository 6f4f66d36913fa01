// Routes of React Router 6, by components.

import * as Sentry from "@sentry/react";
import { useEffect } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter, createRoutesFromChildren, Link, matchRoutes, Route, Routes, useLocation, useNavigationType } from "react-router-6";

Sentry.init({
  dsn: DSN,
  tracesSampleRate: 1,
  integrations: [
    Sentry.reactRouterV6BrowserTracingIntegration({ useEffect, useLocation, useNavigationType, createRoutesFromChildren, matchRoutes, idleTimeout: 100, finalTimeout: 300 }),
  ],
});

const TracedRoutes = Sentry.withSentryReactRouterV6Routing(Routes);

createRoot(document.body.appendChild(document.createElement("div"))).render(
  <BrowserRouter>
    <TracedRoutes>
      <Route path="/" element={<Link id="to-order" to="/orders/1742">Order</Link>} />
      <Route path="/orders">
        <Route path=":orderId" element={<b id="order">Order</b>} />
      </Route>
    </TracedRoutes>
  </BrowserRouter>,
);

await shown("#to-order");
await new Promise((resolve) => setTimeout(resolve, 400));
await clicked("#to-order");
await shown("#order");
// A route ends once nothing happens.
await new Promise((resolve) => setTimeout(resolve, 700));
