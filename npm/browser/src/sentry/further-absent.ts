// Further parts of Sentry's packages that are not there: a page that asks for them works, and the development build says so.

import { absent, type Absent } from "./absent.js";
import { tell } from "./told.js";

/** Does nothing, and says so in the development build. */
export const httpClientIntegration = (_options?: unknown): Absent => absent("HttpClient", "requests that fail are spans with an error status in every page: `httpClientIntegration` makes no events of them");
/** Does nothing, and says so in the development build. */
export const graphqlClientIntegration = (_options?: unknown): Absent => absent("GraphQLClient", "`graphqlClientIntegration` does nothing: operations are named by `describeRequests({ graphql: […] })` of @throughline/browser/requests");
/** Does nothing, and says so in the development build. */
export const fetchStreamPerformanceIntegration = (_options?: unknown): Absent => absent("FetchStreamPerformance", "`fetchStreamPerformanceIntegration` does nothing: streams are measured by `traceStreams` of @throughline/browser/streams");
/** Does nothing, and says so in the development build. */
export const interactionsIntegration = (_options?: unknown): Absent => absent("Interactions", "clicks are recorded in every page: `interactionsIntegration` adds nothing");
/** Does nothing, and says so in the development build. */
export const elementTimingIntegration = (_options?: unknown): Absent => absent("ElementTiming", "`elementTimingIntegration` does nothing: the largest element is in the LCP of `collectAttribution`");
/** Does nothing, and says so in the development build. */
export const bfcacheMetricsIntegration = (_options?: unknown): Absent => absent("BfcacheMetrics", "returns from the back/forward cache are spans in every page: `bfcacheMetricsIntegration` adds nothing");
/** Does nothing, and says so in the development build. */
export const thirdPartyErrorFilterIntegration = (_options?: unknown): Absent => absent("ThirdPartyErrorsFilter", "`thirdPartyErrorFilterIntegration` does nothing: errors of extensions and of scripts that apps put into the page are dropped in every page, others by `denyUrls` and `allowUrls`");
/** Does nothing, and says so in the development build. */
export const rewriteFramesIntegration = (_options?: unknown): Absent => absent("RewriteFrames", "`rewriteFramesIntegration` does nothing: source maps are found by the debug ids of scripts");
/** Does nothing, and says so in the development build. */
export const moduleMetadataIntegration = (_options?: unknown): Absent => absent("ModuleMetadata", "`moduleMetadataIntegration` does nothing: parts of a page are named by `app` of @throughline/browser/apps");
/** Does nothing, and says so in the development build. */
export const contextLinesIntegration = (_options?: unknown): Absent => absent("ContextLines", "`contextLinesIntegration` does nothing: lines of the source are in the source maps of an edge");
/** Does nothing, and says so in the development build. */
export const viewHierarchyIntegration = (_options?: unknown): Absent => absent("ViewHierarchy", "`viewHierarchyIntegration` does nothing: there are no attachments");
/** Does nothing, and says so in the development build. */
export const cultureContextIntegration = (_options?: unknown): Absent => absent("CultureContext", "the language is an attribute of the page's resource: `cultureContextIntegration` adds nothing");
/** Does nothing, and says so in the development build. */
export const zodErrorsIntegration = (_options?: unknown): Absent => absent("ZodErrors", "`zodErrorsIntegration` does nothing: add what an error has by `extraErrorDataIntegration`");
/** Does nothing, and says so in the development build. */
export const spotlightBrowserIntegration = (_options?: unknown): Absent => absent("SpotlightBrowser", "`spotlightBrowserIntegration` does nothing: `throughline dev` has a viewer");
/** Does nothing, and says so in the development build. */
export const spanStreamingIntegration = (_options?: unknown): Absent => absent("SpanStreaming", "every span is sent by itself: `spanStreamingIntegration` adds nothing");
/** Does nothing, and says so in the development build. */
export const supabaseIntegration = (_options?: unknown): Absent => absent("Supabase", "requests of Supabase are recorded like all others: `supabaseIntegration` does nothing");
/** Does nothing: set flags as tags. */
export const featureFlagsIntegration = (_options?: unknown): Absent => absent("FeatureFlags", FLAGS, { addFeatureFlag() {} });
/** Does nothing: set flags as tags. */
export const launchDarklyIntegration = (_options?: unknown): Absent => absent("LaunchDarkly", FLAGS, { addFeatureFlag() {} });
/** Does nothing: set flags as tags. */
export const openFeatureIntegration = (_options?: unknown): Absent => absent("OpenFeature", FLAGS, { addFeatureFlag() {} });
/** Does nothing: set flags as tags. */
export const unleashIntegration = (_options?: unknown): Absent => absent("Unleash", FLAGS, { addFeatureFlag() {} });
/** Does nothing: set flags as tags. */
export const statsigIntegration = (_options?: unknown): Absent => absent("Statsig", FLAGS, { addFeatureFlag() {} });
/** Does nothing: set flags as tags. */
export const growthbookIntegration = (_options?: unknown): Absent => absent("GrowthBook", FLAGS, { addFeatureFlag() {} });

/** Does nothing: there are no metrics of the page's own. */
export const metrics: { [kind in "count" | "gauge" | "distribution"]: (name: string, value?: number, options?: object) => void } = {
  count: () => tell(NO_METRICS),
  gauge: () => tell(NO_METRICS),
  distribution: () => tell(NO_METRICS),
};

/** There are no profiles. */
export const uiProfiler: { startProfiler(): void; stopProfiler(): void } = {
  startProfiler: () => tell("there are no profiles: `uiProfiler` does nothing"),
  stopProfiler() {},
};

/** The same as `feedbackIntegration`. */
export { feedbackIntegration as feedbackAsyncIntegration, feedbackIntegration as feedbackSyncIntegration } from "./absent.js";

/** Resolves with a function that returns an integration that does nothing. */
export const lazyLoadIntegration = async (name: string, _nonce?: string): Promise<(options?: object) => Absent> => () =>
  absent(name, `\`lazyLoadIntegration\` loads nothing: import \`${name}\``);

/** A transport that is never used: the client sends itself. */
export const makeFetchTransport = (_options?: object, _fetch?: unknown): Transport => transport("makeFetchTransport");
/** Returns such a transport. What could not be sent is kept by `keepOffline` of @throughline/browser/offline. */
export const makeBrowserOfflineTransport = (_create?: unknown) => (_options?: object): Transport => transport("makeBrowserOfflineTransport");
/** Returns such a transport. An edge sends to several backends. */
export const makeMultiplexedTransport = (_create?: unknown, _matcher?: unknown) => (_options?: object): Transport => transport("makeMultiplexedTransport");
/** Returns such a transport. */
export const createTransport = (_options?: object, _send?: unknown): Transport => transport("createTransport");

/** A transport, as Sentry's packages send with one. */
export interface Transport {
  send(envelope: unknown): PromiseLike<object>;
  flush(timeout?: number): PromiseLike<boolean>;
}

function transport(name: string): Transport {
  tell(`\`${name}\` makes a transport that is never used: the client sends to the address of its \`dsn\` or \`tunnel\`, and \`keepOffline\` of @throughline/browser/offline keeps what could not be sent`);
  return { send: async () => ({}), flush: async () => true };
}

/** Returns nothing: a request carries `traceparent`. */
export const spanToBaggageHeader = (_span?: unknown): undefined => undefined;
/** Does nothing: the open span is that of the function that runs. */
export const setActiveSpanInBrowser = (_span: unknown): void => tell("`setActiveSpanInBrowser` does nothing: open a span for a function by `withActiveSpan` or `startSpan`");
/** Returns the function. */
export const withStaticSpan = <T>(callback: T): T => callback;
/** Returns the function. */
export const withStreamedSpan = <T>(callback: T): T => callback;
/** Does nothing, likewise. */
export const instrumentSupabaseClient = (_client: unknown): void => {};

const FLAGS = "integrations of feature flags do nothing: set a flag by `setTag`";
const NO_METRICS = "there are no metrics of a page's own: `metrics` does nothing. Measure by attributes of spans and log records";
