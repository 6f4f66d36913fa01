// Reads and writes the headers of W3C Trace Context and Baggage.

import {
  baggageEntryMetadataFromString,
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  trace,
  type BaggageEntry,
  type TextMapPropagator,
} from "@opentelemetry/api";
import { isValid } from "../tracing/identity.js";
import { isSuppressed } from "./values.js";

/** https://www.w3.org/TR/trace-context-2/ and https://www.w3.org/TR/baggage/ */
export const propagator: TextMapPropagator = {
  fields: () => [TRACEPARENT, TRACESTATE, BAGGAGE],
  inject(context, carrier, setter = defaultTextMapSetter) {
    if (isSuppressed(context)) return;
    const span = trace.getSpanContext(context);
    if (isValid(span)) {
      setter.set(carrier, TRACEPARENT, `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 3}`);
      if (span.traceState) setter.set(carrier, TRACESTATE, span.traceState.serialize());
    }
    let length = 0;
    const members = (propagation.getBaggage(context)?.getAllEntries() ?? []).slice(0, MOST).map(member).filter((one) => (length += one.length + 1) <= LONGEST);
    if (members.length) setter.set(carrier, BAGGAGE, members.join());
  },
  extract(context, carrier, getter = defaultTextMapGetter) {
    const header = (name: string): string => [getter.get(carrier, name) ?? ""].flat().join();
    const [, version, traceId = "", spanId = "", flags, rest] = FORM.exec(header(TRACEPARENT)) ?? [];
    const span = { traceId, spanId, traceFlags: +`0x${flags}` };
    if (isValid(span) && !(version == "00" && rest)) {
      const state = header(TRACESTATE);
      context = trace.setSpanContext(context, { ...span, isRemote: true, ...(state && { traceState: createTraceState(state) }) });
    }
    const entries = header(BAGGAGE).split(",").slice(0, MOST).flatMap(entry);
    return entries[0] ? propagation.setBaggage(context, propagation.createBaggage(Object.fromEntries(entries))) : context;
  },
};

const member = ([key, { value, metadata }]: [string, BaggageEntry]): string =>
  `${encodeURIComponent(key)}=${encodeURIComponent(value)}${metadata ? `;${metadata}` : ""}`;

/** The entry of a member; none if it is not valid. */
function entry(text: string): [string, BaggageEntry][] {
  const [, key, value, metadata] = /^\s*([^=;\s]+)\s*=\s*([^;]*?)\s*(?:;(.*))?$/.exec(text) ?? [];
  try {
    return key ? [[decodeURIComponent(key), { value: decodeURIComponent(value!), ...(metadata && { metadata: baggageEntryMetadataFromString(metadata) }) }]] : [];
  } catch {
    return [];
  }
}

const FORM = /^\s*(?!ff)([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?\s*$/;
const TRACEPARENT = "traceparent";
const TRACESTATE = "tracestate";
const BAGGAGE = "baggage";
/** Members, and characters of the header: https://www.w3.org/TR/baggage/#limits */
const MOST = 180;
const LONGEST = 8192;
