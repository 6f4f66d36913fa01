// The integrations that Sentry's packages have: each says which part of the client it stands for.

import { captureConsole, type CapturedMethod } from "../sources/console.js";
import type { BreadcrumbsOptions } from "./breadcrumbs.js";
import type { Integration } from "./event.js";
import type { Patterns } from "./rules.js";

/** An integration with the options that it was given. */
export interface WithOptions<Options> extends Integration {
  readonly options?: Options | undefined;
}

const integration = <Options>(name: string, options?: Options): WithOptions<Options> => ({ name, options });

/** Clicks, requests, changes of the address and events as breadcrumbs. On by default. */
export const breadcrumbsIntegration = (options?: Partial<BreadcrumbsOptions>): Integration => integration("Breadcrumbs", options);

/** Calls of `console` as breadcrumbs; all methods unless `levels` names some. On by default. */
export const consoleIntegration = (options?: { levels?: string[] }): Integration => integration("Console", options);

/** Uncaught errors and unhandled rejections; one of them is left out with `false`. On by default. */
export const globalHandlersIntegration = (options?: { onerror?: boolean; onunhandledrejection?: boolean }): Integration => integration("GlobalHandlers", options);

/** Options of an event filter, besides those of `init`. */
export interface EventFiltersOptions {
  ignoreErrors?: Patterns;
  allowUrls?: Patterns;
  denyUrls?: Patterns;
  /** Whether errors that say nothing are recorded too: `Script error.`, `ResizeObserver loop …`. */
  disableErrorDefaults?: boolean;
}

/** Refuses events by `ignoreErrors`, `allowUrls` and `denyUrls`. On by default. */
export const eventFiltersIntegration = (options?: Partial<EventFiltersOptions>): Integration => integration("EventFilters", options);
/** The name that `eventFiltersIntegration` had. */
export const inboundFiltersIntegration = (options?: Partial<EventFiltersOptions>): Integration => integration("InboundFilters", options);

/**
 * Calls of `console` as events: one with an error among its arguments as that exception, any other as a log
 * record of its severity. All methods unless `levels` names some; `assert` and `trace` are never captured.
 */
export const captureConsoleIntegration = (options?: { levels?: readonly string[]; handled?: boolean }): Integration => ({
  name: "CaptureConsole",
  setup() {
    captureConsole(METHODS.filter((one) => options?.levels?.includes(one) ?? true));
  },
});

const METHODS: readonly CapturedMethod[] = ["debug", "info", "warn", "error", "log"];

/** Changes nothing: an object is recorded once, and equal exceptions of five seconds are one record with a count. */
export const dedupeIntegration = (): Integration => integration("Dedupe");
/** Changes nothing: the chain of `cause` is recorded, five errors at most. */
export const linkedErrorsIntegration = (_options?: { key?: string; limit?: number }): Integration => integration("LinkedErrors");
/** Changes nothing: the address is a part of each record, and the browser of its resource. */
export const httpContextIntegration = (): Integration => integration("HttpContext");
/** Changes nothing: a page has a session. */
export const browserSessionIntegration = (_options?: { lifecycle?: string }): Integration => integration("BrowserSession");
/** Changes nothing: errors of timers, listeners and animation frames are met by the page's `error` event. */
export const browserApiErrorsIntegration = (_options?: object): Integration => integration("BrowserApiErrors");
/** Changes nothing: no function is replaced by one that prints differently. */
export const functionToStringIntegration = (): Integration => integration("FunctionToString");
/** Changes nothing: web vitals are recorded. */
export const webVitalsIntegration = (_options?: object): Integration => integration("WebVitals");

/** The integrations that `init` sets up unless it is told otherwise. */
export const getDefaultIntegrations = (_options?: object): Integration[] => [
  eventFiltersIntegration(),
  breadcrumbsIntegration(),
  consoleIntegration(),
  globalHandlersIntegration(),
  linkedErrorsIntegration(),
  dedupeIntegration(),
  httpContextIntegration(),
  browserSessionIntegration(),
];
