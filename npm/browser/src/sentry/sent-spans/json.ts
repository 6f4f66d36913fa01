// A span in the form in which `beforeSendSpan` gets it.

import type { ContextFact } from "../../generated/facts.js";
import { described, type Attributes, type SpanFact } from "./span-fact.js";

/**
 * A span as JSON. It has the members of both forms of Sentry's packages, so that a function written for either of them
 * works: `name`, `attributes` and `end_timestamp` of spans that are sent as they end, and `description`, `data`, `op` and
 * `timestamp` of parts of a transaction. Times are s since the Unix epoch.
 */
export interface SpanJSON {
  trace_id: string;
  span_id: string;
  parent_span_id?: string;
  name: string;
  description?: string;
  op?: string;
  origin?: string;
  start_timestamp: number;
  end_timestamp?: number;
  timestamp?: number;
  status: string;
  /** Whether no span of the page is around it. */
  is_segment: boolean;
  attributes: Attributes;
  /** The same object as `attributes`. */
  data: Attributes;
}

/** The JSON of a span. `isStatic` says how Sentry's packages name its status: `ok` or `error`, or by the message. */
export function jsonOf(fact: SpanFact, place: ContextFact, isStatic: boolean): SpanJSON {
  const [, start, end, trace, span, , parent] = fact;
  const { name, description, op, error, attributes } = described(fact, place);
  const at = toSeconds(end as number);
  return {
    trace_id: trace!,
    span_id: span!,
    ...(parent && { parent_span_id: parent }),
    name,
    description,
    ...(op && { op }),
    origin: attributes["sentry.origin"],
    start_timestamp: toSeconds(start as number),
    end_timestamp: at,
    timestamp: at,
    status: error == undefined ? "ok" : isStatic ? error : "error",
    is_segment: isSegment(fact),
    attributes,
    data: attributes,
  };
}

/** Whether a span is the root of what Sentry's packages call a transaction: a load, a navigation, or what has no parent in the page. */
export const isSegment = (fact: SpanFact): boolean => fact[0] == "N" || !fact[6] || (fact[0] == "P" && /^navigation( |$)/.test(String(fact[7])));

/** µs since the page's time origin as s since the Unix epoch. */
const toSeconds = (micros: number): number => (performance.timeOrigin + micros / 1000) / 1000;
