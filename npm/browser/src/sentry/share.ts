// The share of the traces that a page sends.

import type { BrowserOptions } from "./options.js";
import type { SpanAttributes } from "./span.js";
import { tell } from "./told.js";

/** The trace that `tracesSampler` is asked for: that of the page's load. */
export interface TracesSamplerSamplingContext {
  /** The path of the page. */
  name: string;
  attributes?: SpanAttributes;
  /** Absent: an edge decides whether it goes on with a trace from before the page. */
  parentSampled?: boolean;
  parentSampleRate?: number;
  /** Returns what it is given, since there is no decision from before. */
  inheritOrSampleWith(fallbackSampleRate: number): number;
}

/** The share that the page gives: the answer of `tracesSampler`, or `tracesSampleRate`. */
export function givenShare({ tracesSampler, tracesSampleRate }: BrowserOptions): unknown {
  if (typeof tracesSampler != "function") return tracesSampleRate;
  try {
    const given: unknown = tracesSampler({
      name: location.pathname,
      attributes: { "sentry.op": "pageload", "sentry.origin": "auto.pageload.browser", "sentry.source": "url" },
      inheritOrSampleWith: (rate) => rate,
    });
    return typeof given == "boolean" ? +given : given;
  } catch (reason) {
    if (DEVELOPMENT) tell(`\`tracesSampler\` has no effect: it has thrown ${reason}`);
    return tracesSampleRate;
  }
}

/** Whether a share leaves out a part of the traces: with 1, without one, and with what is none, all are sent. */
export const isShare = (rate: unknown): rate is number => typeof rate == "number" && rate >= 0 && rate < 1;

/** Tells of a share that is none. Only the development build does. */
export function adviseShare(rate: unknown, name: "tracesSampler" | "tracesSampleRate"): void {
  if (DEVELOPMENT && rate != null && rate !== 1 && !isShare(rate))
    tell(`\`${name}\` has no effect: it is a number from 0 to 1, not ${JSON.stringify(rate)}. Every span is sent`);
}
