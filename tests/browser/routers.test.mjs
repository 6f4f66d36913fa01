// @ts-check
// Tests the routes of React Router and TanStack Router in real apps: each change has what its loaders request.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { flush, hide, useChromium } from "./chromium.mjs";
import { project } from "./react-app.mjs";

const visit = useChromium();
/** @type {Record<string, import("./react-app.mjs").Project>} */
const projects = {};
before(async () => {
  projects["react-router 6"] = await project(19, { "react-router-dom": "react-router-6" });
  projects["react-router 7"] = await project(19, { "react-router": "react-router-7" });
  projects["tanstack"] = await project(19, { "@tanstack/react-router": "@tanstack/react-router" });
});
after(() => Promise.all(Object.values(projects).map((one) => one.remove())));

/**
 * Builds the app and opens it; `work` is done there, then everything is sent.
 * @param {string} name @param {string} source
 * @param {(page: import("./chromium.mjs").Page) => Promise<unknown>} work
 * @param {(site: import("./chromium.mjs").Site, routes: import("./otlp.mjs").Span[]) => Promise<unknown>} check
 */
async function inApp(name, source, work, check) {
  const files = (await projects[name]?.build(source)) ?? [];
  await visit({ start: () => "", expected: /no such order|404|Unexpected Application Error|TypeError|The above error|React Router caught/, prepare: async (_, site) => files.forEach(([path, body]) => site.put(path, { body })) }, async (page, site) => {
    for (const path of ["/index.html", "/shop/"]) site.put(path, { body: files.find(([path]) => path === "/index.html")?.[1] ?? "" });
    await page.goto(`${site.origin}/shop/`);
    await page.waitForSelector("#home");
    await work(page);
    await hide(page);
    await flush(page);
    const routes = site.receiver.spans().filter(({ name }) => name.startsWith("navigation"));
    await check(site, routes.sort((a, b) => Number(a.start - b.start)));
  });
}

/** Tests an app of this router. @param {string} name @param {string} source */
const testRouter = (name, source) =>
  test(`${name}: a route is named by its path, has what its loader requests, and the status of a loader that fails`, () =>
    inApp(
      name,
      source,
      async (page) => {
        await page.click("#to-order");
        await page.waitForSelector("#order");
        await page.evaluate(`fetch("/api/shown").then((response) => response.text())`);
        await page.evaluate(`throughline.captureException(new Error("of the order"))`);
        await page.goBack();
        await page.waitForSelector("#home");
        await page.click("#to-broken");
        await page.waitForSelector("#broken");
      },
      async (site, routes) => {
        assert.deepEqual(
          routes.map(({ name, attributes }) => [name, attributes["browser.navigation.type"], attributes["throughline.navigation.outcome"]]),
          [
            ["navigation /shop/orders/{orderId}", "push", undefined],
            ["navigation /shop", "traverse", undefined],
            ["navigation /shop/broken/{*}", "push", "failed"],
          ],
        );
        const [order, , broken] = routes;
        const click = await site.receiver.span(({ name }) => name === "click a#to-order", "the click");
        assert.deepEqual([order?.traceId, order?.parentSpanId], [click.traceId, click.spanId]);
        assert.equal((await site.receiver.requestSpan("/api/orders/1742")).parentSpanId, order?.spanId);
        assert.equal((await site.receiver.requestSpan("/api/items/1742")).parentSpanId, order?.spanId);
        assert.equal((await site.receiver.requestSpan("/api/shown")).parentSpanId, order?.spanId);
        assert.equal(broken?.attributes["error.type"], "TypeError");
        assert.equal(broken?.status?.code, 2);
        const { attributes } = await site.receiver.exception("of the order");
        assert.equal(attributes["throughline.document.url.template"], "/shop/orders/{orderId}");
        const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
        assert.equal(load.attributes["throughline.document.url.template"], "/shop");
      },
    ));

const START = `
import { init } from "@throughline/browser";
import * as React from "react";
import { createRoot } from "react-dom/client";
window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });
const get = (path) => fetch(path).then((response) => response.text());
const loadOrder = async (id) => { await get("/api/orders/" + id); await get("/api/items/" + id); return id; };
const fail = async () => { await get("/api/broken"); throw new TypeError("no such order"); };
`;

/** @param {string} from @param {string} dom */
const reactRouter = (from, dom) => `${START}
import { createBrowserRouter, Link, Outlet } from "${from}";
import { RouterProvider } from "${dom}";
import { traceReactRouter } from "@throughline/react/react-router";
const Home = () => <main id="home"><Link id="to-order" to="/orders/1742?from=home">Order</Link><Link id="to-broken" to="/broken/a/b">Broken</Link></main>;
const router = createBrowserRouter([{ path: "/", element: <Outlet />, children: [
  { index: true, element: <Home /> },
  { path: "orders", children: [{ path: ":orderId", loader: ({ params }) => loadOrder(params.orderId), element: <b id="order">Order</b> }] },
  { path: "broken/*", loader: fail, element: <b />, errorElement: <i id="broken">Broken</i> },
] }], { basename: "/shop" });
traceReactRouter(router);
createRoot(document.getElementById("root")).render(<RouterProvider router={router} />);`;

testRouter("react-router 7", reactRouter("react-router", "react-router/dom"));
testRouter("react-router 6", reactRouter("react-router-dom", "react-router-dom"));
testRouter(
  "tanstack",
  `${START}
import { createRootRoute, createRoute, createRouter, Link, Outlet, RouterProvider } from "@tanstack/react-router";
import { traceTanStackRouter } from "@throughline/react/tanstack-router";
const root = createRootRoute({ component: Outlet });
const home = createRoute({ getParentRoute: () => root, path: "/", component: () =>
  <main id="home"><Link id="to-order" to="/orders/$orderId" params={{ orderId: "1742" }} search={{ from: "home" }}>Order</Link><Link id="to-broken" to="/broken/$" params={{ _splat: "a/b" }}>Broken</Link></main> });
const order = createRoute({ getParentRoute: () => root, path: "/orders/$orderId", loader: ({ params }) => loadOrder(params.orderId), component: () => <b id="order">Order</b> });
const broken = createRoute({ getParentRoute: () => root, path: "/broken/$", loader: fail, component: () => null, errorComponent: () => <i id="broken">Broken</i> });
const router = createRouter({ routeTree: root.addChildren([home, order, broken]), basepath: "/shop" });
traceTanStackRouter(router);
createRoot(document.getElementById("root")).render(<RouterProvider router={router} />);`,
);

/** The traced `<Routes>` and `useRoutes`. */
const OWN = `
import { traceRoutesOf, traceUseRoutes } from "@throughline/react/react-router";
const router = { createRoutesFromChildren, matchRoutes, useLocation };
const TracedRoutes = traceRoutesOf(Routes, router, { basename: "/shop" });
const useTracedRoutes = traceUseRoutes(useRoutes, router, { basename: "/shop" });`;
/** The same by Sentry's names, which know no basename. */
const SENTRY = `
import * as Sentry from "@throughline/react/sentry";
Sentry.init({ dsn: location.origin.replace("//", "//pk_test@") + "/_t/1", tracesSampleRate: 1, integrations: [
  Sentry.reactRouterV7BrowserTracingIntegration({ useEffect: React.useEffect, useLocation, useNavigationType, createRoutesFromChildren, matchRoutes })] });
const TracedRoutes = Sentry.withSentryReactRouterV7Routing(Routes);
const useTracedRoutes = Sentry.wrapUseRoutesV7(useRoutes);`;

/** @param {string} name @param {string} from @param {string} traced @param {string} [prefix] of the templates */
const testComponents = (name, from, traced, prefix = "/shop", what = name) =>
  test(`${what}: routes of components are named by their paths, one that is inside of another with it`, () =>
    inApp(
      name,
      `${START}
import { BrowserRouter, createRoutesFromChildren, Link, matchRoutes, Route, Routes, useLocation, useNavigationType, useParams, useRoutes } from "${from}";${traced}
const Home = () => <main id="home"><Link id="to-order" to="/orders/17%2042?from=home">Order</Link><Link id="to-old" to="/old/a/7">Old</Link></main>;
const Order = () => {
  const { orderId } = useParams();
  React.useEffect(() => void get("/api/orders/" + orderId), []);
  return <b id="order"><Link id="to-item" to="/orders/17%2042/items/3">Item</Link><TracedRoutes>
    <Route index element={<i>All</i>} /><Route path="items/:itemId" element={<i id="item"><Link id="to-home" to="/">Home</Link></i>} /></TracedRoutes></b>;
};
const Old = () => useTracedRoutes([{ path: "a", children: [{ path: ":id", element: <b id="old"><Link id="to-none" to="/none/b">None</Link></b> }] }]);
createRoot(document.getElementById("root")).render(<BrowserRouter basename="/shop">
  <TracedRoutes>
    <Route path="/" element={<Home />} />
    <Route path="orders/:orderId/*" element={<Order />} />
    <Route path="old/*" element={<Old />} />
    <Route path="*" element={<b id="none">None</b>} />
  </TracedRoutes>
  <TracedRoutes><Route path="*" element={<aside />} /></TracedRoutes>
  <TracedRoutes location="/help?behind"><Route path="help" element={<hr />} /></TracedRoutes>
</BrowserRouter>);`,
      async (page) => {
        for (const [link, shown] of [["#to-order", "#order"], ["#to-item", "#item"], ["#to-home", "#home"], ["#to-old", "#old"], ["#to-none", "#none"]]) {
          // An error right after the commit, when React has not run the other effects.
          const reported = page.evaluate(`new Promise((resolve) => new MutationObserver((_, observer) => {
            if (!document.querySelector("${shown}")) return;
            observer.disconnect();
            resolve(throughline.captureException(new Error("at ${shown}")));
          }).observe(document, { childList: true, subtree: true }))`);
          await page.click(String(link));
          await reported;
        }
      },
      async (site, routes) => {
        assert.deepEqual(
          routes.map(({ name }) => name),
          ["/orders/{orderId}", "/orders/{orderId}/items/{itemId}", "", "/old/a/{id}", "/{*}"].map((path) => `navigation ${prefix + path || "/"}`),
        );
        const click = await site.receiver.span(({ name }) => name === "click a#to-order", "the click");
        assert.deepEqual([routes[0]?.traceId, routes[0]?.parentSpanId], [click.traceId, click.spanId]);
        assert.equal((await site.receiver.requestSpan("/api/orders/17")).parentSpanId, routes[0]?.spanId);
        const { attributes } = await site.receiver.exception("at #old");
        assert.equal(attributes["throughline.document.url.template"], `${prefix}/old/a/{id}`);
        const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
        assert.equal(load.attributes["throughline.document.url.template"], prefix || "/");
      },
    ));

testComponents("react-router 7", "react-router", OWN);
testComponents("react-router 6", "react-router-dom", OWN);
testComponents("react-router 7", "react-router", SENTRY, "", "react-router 7 by Sentry's names");
