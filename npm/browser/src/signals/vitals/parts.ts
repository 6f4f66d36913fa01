// Types of the functions of the vitals signal that optional parts of the package use: `Client.shared`.

import type { SpanContext } from "../../context/span-context.js";
import type { describeTarget, selectorOf } from "../../context/target.js";
import type { ContextFact } from "../../generated/facts.js";

/** An input: its time (ms), session and address, and the span of a click. */
export type Input = [time: number, place: ContextFact, span: SpanContext | undefined];

/** There once the signal has started. */
export type Vitals = readonly [
  /** Records that a visit begins, in the trace of this span; times are in µs. */
  recordVisit: (
    began: number,
    hidden: number | "" | undefined,
    responseStart: number,
    interactions: number,
    type?: string,
    span?: SpanContext,
  ) => void,
  /** Records what was measured so far; the largest paint is final. */
  finish: (visible?: 1) => void,
  /** Returns the input of an interaction that has an event at this time, in ms. */
  inputAt: (time: number) => Input | undefined,
  describeTarget: typeof describeTarget,
  selectorOf: typeof selectorOf,
];
