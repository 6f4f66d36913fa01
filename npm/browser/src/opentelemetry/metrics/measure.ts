// Records measurements, in a page whose client records.

import { trace, type Context } from "@opentelemetry/api";
import { KEEP } from "../../context/places.js";
import type { SpanContext } from "../../context/span-context.js";
import { findStarted } from "../../control/started.js";
import { pendingOf } from "../../control/pending.js";
import { asContext, isValid } from "../../tracing/identity.js";
import { findLive } from "../../tracing/live.js";
import { changed, exportBy } from "./export.js";
import { forget, put, valueOf } from "./store.js";
import { isGauge, type Exemplar, type Stream } from "./stream.js";

/** Records a measurement; never throws. */
export function measure(stream: Stream, given: unknown, attributes: unknown, context: unknown): void {
  try {
    const value = valueOf(stream, given);
    if (value == undefined || !isRecording()) return;
    put(stream, value, attributes, isGauge(stream) ? undefined : exemplarOf(value, context));
    changed();
  } catch {
    // What the page has given cannot be read.
  }
}

/** Whether a measurement is recorded now; while `initWithConsent` has no answer it is kept until there is one. */
export function isRecording(): boolean {
  const live = findLive();
  if (live) {
    exportBy(live[0]);
    return true;
  }
  const pending = findStarted() ? undefined : pendingOf();
  if (!pending?.[3]?.(forget)) return false;
  pending[2](exportBy);
  return true;
}

/** Begins to export what callbacks observe. */
export function touch(): void {
  if (isRecording()) changed();
}

/** The span of the context, or the one that is open; none that follows from time alone, and none of a page that sends a share of its spans. */
function exemplarOf(value: number, context: unknown): Exemplar | undefined {
  const [client, [open, , inferred] = []] = findLive() ?? [];
  if (!client || client.shared[KEEP]) return undefined;
  const span = context == null ? !inferred && open : spanIn(context as Context);
  return span ? [span[0], span[1], value, Date.now()] : undefined;
}

function spanIn(context: Context): SpanContext | undefined {
  try {
    const given = trace.getSpanContext(context);
    return isValid(given) && given.traceFlags & 1 ? asContext(given) : undefined;
  } catch {
    // It is no context.
    return undefined;
  }
}
