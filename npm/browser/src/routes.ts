// The entry of routes: changes of the page's address without a load, as spans.

export { setRouteTemplate, startRoute, traceRoutes } from "./routes/entry.js";
export type { RouteChange, RouteOptions } from "./routes/options.js";
export type { Templates } from "./templates/template.js";
