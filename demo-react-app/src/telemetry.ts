// Starts Throughline as far as the person agrees; `main.tsx` and `App.tsx` report the errors of React.

import { init, type Options } from "@throughline/browser";
import { collectAttribution } from "@throughline/browser/attribution";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";
import { type ConsentState, initWithConsent } from "@throughline/browser/control";
import { traceRoutes } from "@throughline/browser/routes";

/** The present answer of the person, and how to change it. */
export const consent = initWithConsent(
  start,
  {
    // The edge serves the page, receives its telemetry and proxies its requests.
    endpoint: "/_t",
    key: "pk_demo",
    serviceName: "shop-web",
    serviceVersion: "0.1.0",
    environment: "demo",
  },
  answered(),
);

/** Changes the answer, also for the next visit. */
export function answer(state: ConsentState): void {
  localStorage.setItem(ANSWER, state);
  consent.set(state);
}

function start(options: Options) {
  const client = init(options);
  collectBreadcrumbs();
  collectAttribution();
  traceRoutes({ templates: ["/products/{sku}"] });
  return client;
}

/** The answer of an earlier visit. A browser that asks not to be followed is asked first; this is a demo, so others are not. */
function answered(): ConsentState {
  const earlier = localStorage.getItem(ANSWER);
  if (earlier === "granted" || earlier === "denied") return earlier;
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl ? "pending" : "granted";
}

const ANSWER = "telemetry";
