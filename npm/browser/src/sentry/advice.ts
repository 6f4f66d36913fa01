// Tells in the development build which options of Sentry's have no effect, and what has.

import type { BrowserOptions } from "./options.js";
import { tell } from "./told.js";

/** Tells of options without an effect, once each. Only the development build does. */
export function adviseOptions(options: BrowserOptions): void {
  if (!DEVELOPMENT) return;
  for (const [name, value] of Object.entries(options)) {
    const advice = ELSEWHERE[name];
    if (advice && value != null) tell(`\`${name}\` has no effect: ${advice}`);
    else if (!KNOWN.includes(name)) tell(`\`${name}\` is not an option here: leave it out, or see docs/migrating-from-sentry.md`);
  }
  if (options.tunnel != null && typeof options.tunnel != "string") tell("`tunnel` has an effect as a text alone: the address of the edge, such as \"/_t\"");
}

const NO_REPLAY = "there is no replay";
const PERSONAL = "no address of the network, cookie or header is sent; requests get headers by `describeRequests` of @throughline/browser/requests";
const SIZE = "the limits are those of the package: docs/migrating-from-sentry.md";
/** Options that other pages have, and what to do. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  replaysSessionSampleRate: NO_REPLAY,
  replaysOnErrorSampleRate: NO_REPLAY,
  profilesSampleRate: "there are no profiles",
  profileSessionSampleRate: "there are no profiles",
  beforeSendMetric: "there are no metrics of the page's own",
  sendDefaultPii: PERSONAL,
  dataCollection: PERSONAL,
  transport: "the client sends by itself",
  transportOptions: "the client sends by itself",
  stackParser: "an edge reads the stacks, and applies source maps",
  attachStacktrace: "a message has no stack",
  normalizeDepth: SIZE,
  normalizeMaxBreadth: SIZE,
  maxValueLength: SIZE,
  dist: "put it into `release`",
  orgId: "the key says whose events they are",
  strictTraceContinuation: "an edge decides whose traces it continues",
  enhanceFetchErrorMessages: "no error is changed; one of `fetch` is in the span of its request, which has the address",
};

const KNOWN = Object.keys({
  dsn: 1,
  tunnel: 1,
  endpoint: 1,
  key: 1,
  serviceName: 1,
  release: 1,
  environment: 1,
  embedded: 1,
  enabled: 1,
  sampleRate: 1,
  tracesSampleRate: 1,
  tracesSampler: 1,
  tracePropagationTargets: 1,
  ignoreErrors: 1,
  allowUrls: 1,
  denyUrls: 1,
  beforeSend: 1,
  beforeSendSpan: 1,
  beforeSendTransaction: 1,
  ignoreSpans: 1,
  ignoreTransactions: 1,
  traceLifecycle: 1,
  beforeSendLog: 1,
  beforeBreadcrumb: 1,
  maxBreadcrumbs: 1,
  initialScope: 1,
  integrations: 1,
  defaultIntegrations: 1,
  debug: 1,
  parentSpanIsAlwaysRootSpan: 1,
  enableLogs: 1,
  propagateTraceparent: 1,
  consent: 1,
  // They change nothing that a page could notice.
  sendClientReports: 1,
  autoSessionTracking: 1,
  skipBrowserExtensionCheck: 1,
  _experiments: 1,
  _metadata: 1,
});
