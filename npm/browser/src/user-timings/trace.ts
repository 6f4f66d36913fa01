// Records marks of the page as events, and measures as spans: https://w3c.github.io/user-timing/

import { newChild } from "../context/span-context.js";
import { startPart } from "../control/part.js";
import type { Started } from "../control/started.js";
import { limitedTo } from "../entries/limited.js";
import { observeEntries } from "../entries/observe.js";
import { THROUGHLINE_USER_TIMING_DETAIL, THROUGHLINE_USER_TIMING_MARK, THROUGHLINE_USER_TIMING_NAME } from "../generated/semconv.js";
import { recordEvent, recordSpan } from "../tracing/recorded.js";

/** Options of `traceUserTimings`. */
export interface UserTimingOptions {
  /** Names that are recorded: equal to a text, or fitting an expression. All unless it is given. */
  names?: readonly (string | RegExp)[];
  /**
   * Members of `detail` that are recorded, if they are texts, numbers or booleans. None unless it is given: such an object
   * may have anything in it.
   */
  detail?: readonly string[];
  /** How many marks and measures a page records (default 100); the others are counted. */
  limit?: number;
}

/**
 * Records each mark as an event in the span that is open, and each measure as its child, those from before too. What
 * frameworks make for the developer tools is none. Returns the function that undoes it. Another call while it holds
 * changes nothing.
 */
export const traceUserTimings = (options: UserTimingOptions = {}): (() => void) => startPart("user-timings", (client) => trace(client, options));

function trace({ shared }: Started, { names, detail = [], limit = 100 }: UserTimingOptions): () => void {
  const hasRoom = limitedTo(shared, limit);
  // As they are at the call: the page may change its lists later.
  const listed = names && [...names];
  const members = [...detail];
  return observeEntries<PerformanceMark | PerformanceMeasure>(shared, ["mark", "measure"], (entry) => {
    const { name, startTime, duration } = entry;
    if (isTrack(entry) || (listed && !listed.some((one) => (typeof one == "string" ? one == name : name.search(one) >= 0))) || !hasRoom()) return;
    const [parent, interaction] = shared[3]();
    const values = { [THROUGHLINE_USER_TIMING_NAME]: name, ...valuesOf(entry.detail, members) };
    if (entry.entryType == "mark") recordEvent(shared, shared[4](), THROUGHLINE_USER_TIMING_MARK, startTime, parent, values);
    // The browser tells of it after the task in which it was made.
    else recordSpan(shared, shared[4](), { name, context: newChild(parent), parent, inferred: interaction && 1, start: startTime, end: startTime + duration }, values);
  });
}

/** The listed members of a `detail`, as attributes. */
function valuesOf(detail: unknown, members: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const member of members) {
    const value = Object.prototype.hasOwnProperty.call(Object(detail), member) ? (detail as Record<string, unknown>)[member] : undefined;
    if (/^(string|number|boolean)$/.test(typeof value)) values[`${THROUGHLINE_USER_TIMING_DETAIL}.${member}`] = value;
  }
  return values;
}

/**
 * Whether an entry is made for a track of the developer tools (https://developer.chrome.com/docs/devtools/performance/extension),
 * as React 19.2 and Angular do, or is one of an older React or of another package of telemetry.
 */
const isTrack = ({ name, detail }: PerformanceMark | PerformanceMeasure): boolean => !!(detail as { devtools?: unknown } | null)?.devtools || TRACKS.test(name);

const TRACKS = /^(⚛|⚠|⛔|\u200b|sentry-)/;
