// The attributes of a data point.

import { OTEL_METRIC_OVERFLOW } from "../../generated/semconv.js";
import { attribute } from "../../tracing/protobuf.js";

/** The number of the attributes in a `LogRecord`: as such they are redacted. */
export const FIELD = 6;

/** Attributes in the order of their names: a text, with its name, or what is no text as an attribute that is written. */
export type Pairs = readonly Pair[];
export type Pair = readonly [name: string, value: string] | readonly [written: string];

/** Reads attributes now: the page may change them later. Those without a value, and what cannot be read, are left out. */
export function pairsOf(attributes: unknown): Pairs {
  const pairs: Pair[] = [];
  for (const name of namesIn(attributes).sort())
    try {
      const value = (attributes as Record<string, unknown>)[name];
      if (value == null || !name || name.length > LONGEST || pairs.length == MOST) continue;
      // An empty text in a fact is none.
      pairs.push(typeof value == "string" && value ? [name, value.slice(0, LONGEST)] : [attribute(FIELD, name, value)]);
    } catch {
      // It is no value of an attribute.
    }
  return pairs;
}

function namesIn(attributes: unknown): string[] {
  try {
    return Object.keys(attributes ?? {});
  } catch {
    return [];
  }
}

/** The key of attributes: equal ones have the same. */
export const keyOf = (pairs: Pairs): string => pairs.map((pair) => pair.join(SEPARATOR)).join(SEPARATOR + SEPARATOR);

/** https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute */
export const OVERFLOW: Pairs = [[attribute(FIELD, OTEL_METRIC_OVERFLOW, true)]];

/** As in OpenTelemetry: https://opentelemetry.io/docs/specs/otel/common/#attribute-limits */
const MOST = 128;
/** UTF-16 code units of a name, and of a value: long texts make many series. */
const LONGEST = 256;
const SEPARATOR = "\0";
