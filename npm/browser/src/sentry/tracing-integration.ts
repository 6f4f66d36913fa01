// The integration for tracing: requests, vitals and the document's load are recorded anyway, it adds the routes.

import { traceRoutes } from "../routes/entry.js";
import type { Integration } from "./event.js";
import { tell } from "./told.js";

/** The options of Sentry's that have an effect. */
export interface BrowserTracingOptions {
  /** Whether changes of the route are spans (default `true`). */
  instrumentNavigation?: boolean;
  /** Changes nothing: the document's load is a span. */
  instrumentPageLoad?: boolean;
  /** Others change nothing. */
  [name: string]: unknown;
}

/** Records changes of the page's route as spans. */
export const browserTracingIntegration = (options: Partial<BrowserTracingOptions> = {}): Integration => ({
  name: "BrowserTracing",
  setup() {
    for (const name of UNHEARD) if (options[name] === false) tell(`\`${name}: false\` has no effect: the client records it in every page`);
    for (const name of CALLBACKS) if (options[name]) tell(`\`${name}\` is not called: name requests and routes by templates, with \`describeRequests\` and \`traceRoutes\``);
    if (options.instrumentNavigation !== false) traceRoutes();
  },
});

/** Parts of the client that are in every page. */
const UNHEARD = ["instrumentPageLoad", "traceFetch", "traceXHR", "enableInp"];
const CALLBACKS = ["beforeStartSpan", "shouldCreateSpanForRequest", "onRequestSpanStart", "onRequestSpanEnd"];
