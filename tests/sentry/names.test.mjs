// @ts-check
// Tests that a page whose imports of Sentry's packages have an alias can be built: each name is there, or in a list with the reason.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as sentryBrowser from "@sentry/browser";
import * as sentryReact from "@sentry/react";
import * as ourBrowser from "@throughline/browser/sentry";
import * as ourReact from "@throughline/react/sentry";

/** Names that are not there, by the reason. */
const ABSENT = {
  "parts of the package's own machinery, for transports, stack parsers and clients that a page makes itself": [
    "BrowserClient", "MULTIPLEXED_TRANSPORT_EXTRA_KEY", "WINDOW", "bindScopeToEmitter", "chromeStackLineParser", "createUserFeedbackEnvelope",
    "defaultRequestInstrumentationOptions", "defaultStackLineParsers", "defaultStackParser", "eventFromException", "eventFromMessage", "exceptionFromError",
    "geckoStackLineParser", "getAbsoluteUrl", "instrumentOutgoingRequests", "normalizeStringifyValue", "opera10StackLineParser", "opera11StackLineParser",
    "registerSpanErrorInstrumentation", "setCurrentClient", "spanToStaticSpanJSON", "winjsStackLineParser",
  ],
  "routes are named by templates, with `traceRoutes`": ["createCachedRouteProvider", "createUrlRouteProvider", "getRouteProvider", "resolveCurrentRoute", "resolveRoute", "setRouteProvider"],
  "handlers that a library of feature flags or logs calls": ["OpenFeatureIntegrationHook", "buildLaunchDarklyFlagUsedHandler", "createConsolaReporter"],
  "questions about Sentry's own service": ["diagnoseSdkConnectivity", "isBotUserAgent"],
  "conversations with models are spans of a server": ["setConversationId"],
  "React Router 3 to 5": ["reactRouterV3BrowserTracingIntegration", "reactRouterV4BrowserTracingIntegration", "reactRouterV5BrowserTracingIntegration", "withSentryRouting"],
  "a router in memory shows no address, and is one of tests": ["wrapCreateMemoryRouter", "wrapCreateMemoryRouterV6", "wrapCreateMemoryRouterV7"],
  "no state of a store is sent": ["createReduxEnhancer"],
};

const absent = Object.values(ABSENT).flat();

for (const [name, theirs, ours] of /** @type {const} */ ([["browser", sentryBrowser, ourBrowser], ["react", sentryReact, ourReact]]))
  test(`each name of @sentry/${name} is there, or is missing for a reason`, () => {
    const missing = Object.keys(theirs).filter((one) => !(one in ours) && !absent.includes(one));
    assert.deepEqual(missing.sort(), []);
    const kinds = Object.keys(theirs).filter((one) => one in ours && typeof /** @type {any} */ (theirs)[one] !== typeof /** @type {any} */ (ours)[one]);
    assert.deepEqual(kinds, []);
  });

test("what is missing for a reason is a name of Sentry's, and is missing", () => {
  assert.deepEqual(absent.filter((one) => !(one in sentryBrowser || one in sentryReact)), []);
  assert.deepEqual(absent.filter((one) => one in ourBrowser || one in ourReact), []);
});
