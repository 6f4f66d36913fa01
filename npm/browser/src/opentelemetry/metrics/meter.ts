// A meter and its instruments: one for each name, kind, unit and type of values.
//
// https://opentelemetry.io/docs/specs/otel/metrics/api/#meter

import type { BatchObservableCallback, Meter, MetricAttributes, MetricOptions, Observable } from "@opentelemetry/api";
import { advise } from "./advice.js";
import { addCallback, observe, removeCallback } from "./callbacks.js";
import { measure } from "./measure.js";
import { refuse } from "./store.js";
import { boundsOf, makeStream, type Kind, type Scope, type Stream } from "./stream.js";

/** Makes a meter; one beyond the limit makes instruments that record nothing. */
export function makeMeter(scope: Scope, isWithinLimit: boolean): Meter {
  const known = new Map<string, { api: object; stream: Stream }>();
  const streams = new WeakMap<object, Stream>();

  const create = (kind: Kind, given: unknown, options?: MetricOptions): object => {
    const name = String(given);
    const stream = streamOf(scope, kind, name, options);
    // The same in another case is the same name.
    const names = `${name.toLowerCase()}\n`;
    const key = `${names}${kind}\n${stream.unit}\n${stream.isWhole}`;
    const same = known.get(key);
    if (same) {
      // https://opentelemetry.io/docs/specs/otel/metrics/sdk/#duplicate-instrument-registration
      if (stream.description.length > same.stream.description.length) same.stream.description = stream.description;
      return same.api;
    }
    const isValid = typeof given == "string" && VALID.test(name);
    if (DEVELOPMENT) {
      if (!isValid) advise(name, "records nothing, for its name is not valid: a letter, then letters, digits, `_`, `.`, `-` and `/`, 255 in all");
      else if (instruments >= MOST) advise("", `a page has ${MOST} instruments at most, and those beyond record nothing: what differs belongs into attributes, not into names`);
      else if ([...known.keys()].some((one) => one.startsWith(names))) advise(name, "is there with another kind, unit or type of values: a backend takes one of them at most");
    }
    const records = isWithinLimit && isValid && instruments < MOST;
    const api = apiOf(stream, records);
    if (records) {
      instruments++;
      known.set(key, { api, stream });
      streams.set(api, stream);
    }
    return api;
  };
  const creating = (kind: Kind) => (name: string, options?: MetricOptions) => create(kind, name, options) as never;
  const streamsOf = (observables: readonly Observable[]): Stream[] => [...(observables ?? [])].flatMap((one) => streams.get(one) ?? []);

  return {
    createCounter: creating("counter"),
    createUpDownCounter: creating("upDownCounter"),
    createGauge: creating("gauge"),
    createHistogram: creating("histogram"),
    createObservableCounter: creating("observableCounter"),
    createObservableUpDownCounter: creating("observableUpDownCounter"),
    createObservableGauge: creating("observableGauge"),
    addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]) {
      const own = streamsOf(observables);
      addCallback(callback, own, {
        observe(metric: Observable, value: number, attributes?: MetricAttributes) {
          const stream = streams.get(metric);
          if (stream && own.includes(stream)) observe(stream, value, attributes);
        },
      });
    },
    removeBatchObservableCallback: (callback: BatchObservableCallback, observables: Observable[]) => removeCallback(callback, streamsOf(observables)),
  };
}

function streamOf(scope: Scope, kind: Kind, name: string, options: MetricOptions | undefined): Stream {
  const { unit = "", description = "", valueType, advice } = options ?? {};
  return makeStream({ scope, kind, name, unit: UNIT.test(unit) ? unit : "", description: String(description).slice(0, LONGEST), isWhole: valueType === INT, bounds: boundsOf(advice?.explicitBucketBoundaries) });
}

/** An instrument; none of its methods throws. */
function apiOf(stream: Stream, records: boolean): object {
  const { kind } = stream;
  const isObserved = kind.startsWith("observable");
  const record = (value: number, attributes?: MetricAttributes, context?: unknown): void => {
    if (records) measure(stream, value, attributes, context);
    else refuse();
  };
  if (!isObserved) return /ounter/.test(kind) ? { add: record } : { record };
  const result = { observe: (value: number, attributes?: MetricAttributes) => observe(stream, value, attributes) };
  return {
    addCallback(callback: unknown) {
      if (records) addCallback(callback, [stream], result);
    },
    removeCallback: (callback: unknown) => removeCallback(callback, [stream]),
  };
}

/** Instruments of all meters. */
let instruments = 0;
const MOST = 200;
/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-name-syntax */
const VALID = /^[a-z][\w.\-/]{0,254}$/i;
/** https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument-unit */
const UNIT = /^[\x20-\x7e]{1,63}$/;
/** UTF-16 code units of a description. */
const LONGEST = 1023;
/** `ValueType.INT` */
const INT = 0;
