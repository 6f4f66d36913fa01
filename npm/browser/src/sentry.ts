// The entry with the names of `@sentry/browser`: an import that is changed, or an alias of it, is the migration.

export { addEventProcessor, captureEvent, captureException, captureMessage, setAttribute, setAttributes, setContext, setExtra, setExtras, setTag, setTags, setUser } from "./sentry/api.js";
export type { ExclusiveEventHintOrCaptureContext } from "./sentry/api.js";
export { browserProfilingIntegration, feedbackIntegration, getFeedback, getReplay, replayCanvasIntegration, replayIntegration, showReportDialog } from "./sentry/absent.js";
export { addBreadcrumb, type BreadcrumbsOptions } from "./sentry/breadcrumbs.js";
export { close, flush, getClient, isEnabled, isInitialized, type Client } from "./sentry/client.js";
export { SDK_VERSION, SEMANTIC_ATTRIBUTE_SENTRY_OP, SEMANTIC_ATTRIBUTE_SENTRY_ORIGIN, SEMANTIC_ATTRIBUTE_SENTRY_SAMPLE_RATE, SEMANTIC_ATTRIBUTE_SENTRY_SOURCE } from "./sentry/constants.js";
export { getCurrentScope, getGlobalScope, getIsolationScope, withIsolationScope, withScope } from "./sentry/current.js";
export type { ScopeContent } from "./sentry/content.js";
export type {
  Breadcrumb,
  BreadcrumbHint,
  Context,
  Contexts,
  ErrorEvent,
  Event,
  EventHint,
  EventProcessor,
  Exception,
  Extras,
  Integration,
  Mechanism,
  Primitive,
  SeverityLevel,
  StackFrame,
  Stacktrace,
  User,
} from "./sentry/event.js";
export { init } from "./sentry/init.js";
export {
  breadcrumbsIntegration,
  browserApiErrorsIntegration,
  browserSessionIntegration,
  captureConsoleIntegration,
  consoleIntegration,
  dedupeIntegration,
  eventFiltersIntegration,
  functionToStringIntegration,
  getDefaultIntegrations,
  globalHandlersIntegration,
  httpContextIntegration,
  inboundFiltersIntegration,
  linkedErrorsIntegration,
  webVitalsIntegration,
  type EventFiltersOptions,
} from "./sentry/integrations.js";
export { logger, type Log } from "./sentry/logger.js";
export type { BrowserOptions } from "./sentry/options.js";
export type { TracesSamplerSamplingContext } from "./sentry/share.js";
export { lastEventId } from "./sentry/pending.js";
export { Scope, type CaptureContext, type ScopeContext } from "./sentry/scope.js";
export type { Span, SpanAttributes, SpanAttributeValue, SpanIdentity, SpanLink, SpanStatus, SpanTimeInput } from "./sentry/span.js";
export { continueTrace, getActiveSpan, startInactiveSpan, startNewTrace, startSpan, startSpanManual, updateSpanName, withActiveSpan, type StartSpanOptions } from "./sentry/spans.js";
export { parameterize, type ParameterizedString } from "./sentry/template.js";
export { getTraceData, spanToTraceHeader, type TraceHeaders } from "./sentry/trace-headers.js";
export { browserTracingIntegration, type BrowserTracingOptions } from "./sentry/tracing-integration.js";
export {
  bfcacheMetricsIntegration,
  contextLinesIntegration,
  createTransport,
  cultureContextIntegration,
  elementTimingIntegration,
  featureFlagsIntegration,
  feedbackAsyncIntegration,
  feedbackSyncIntegration,
  fetchStreamPerformanceIntegration,
  graphqlClientIntegration,
  growthbookIntegration,
  httpClientIntegration,
  instrumentSupabaseClient,
  interactionsIntegration,
  launchDarklyIntegration,
  lazyLoadIntegration,
  makeBrowserOfflineTransport,
  makeFetchTransport,
  makeMultiplexedTransport,
  metrics,
  moduleMetadataIntegration,
  openFeatureIntegration,
  rewriteFramesIntegration,
  setActiveSpanInBrowser,
  spanStreamingIntegration,
  spanToBaggageHeader,
  spotlightBrowserIntegration,
  statsigIntegration,
  supabaseIntegration,
  thirdPartyErrorFilterIntegration,
  uiProfiler,
  unleashIntegration,
  viewHierarchyIntegration,
  withStaticSpan,
  withStreamedSpan,
  zodErrorsIntegration,
} from "./sentry/further-absent.js";
export {
  addIntegration,
  consoleLoggingIntegration,
  extraErrorDataIntegration,
  registerWebWorker,
  reportingObserverIntegration,
  userTimingIntegration,
  webWorkerIntegration,
} from "./sentry/further-integrations.js";
export {
  captureFeedback,
  captureSession,
  endSession,
  forceLoad,
  onLoad,
  reportPageLoaded,
  sendFeedback,
  startBrowserTracingNavigationSpan,
  startBrowserTracingPageLoadSpan,
  startSession,
} from "./sentry/page.js";
export {
  getRootSpan,
  getSpanDescendants,
  getSpanStatusFromHttpCode,
  setHttpStatus,
  setMeasurement,
  spanToJSON,
  suppressTracing,
} from "./sentry/span-parts.js";
export type { FeedbackParams } from "./sentry/page.js";
export type { Transport } from "./sentry/further-absent.js";
