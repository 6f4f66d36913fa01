// The callbacks of observable instruments.

import { keyOf, pairsOf } from "./attributes.js";
import { isRecording, touch } from "./measure.js";
import { put, refuse, valueOf } from "./store.js";
import { isGauge, isMonotonic, type Stream } from "./stream.js";

/** Adds a callback, which is called with `result` before each export. The same one for the same instruments is called once. */
export function addCallback(callback: unknown, observables: readonly Stream[], result: object): void {
  if (typeof callback != "function" || !observables.length || callbacks.length >= MOST || callbacks.some((one) => isSame(one, callback, observables))) return;
  callbacks.push({ callback: callback as Callback, observables, result });
  touch();
}

/** Removes it. */
export function removeCallback(callback: unknown, observables: readonly Stream[]): void {
  const at = callbacks.findIndex((one) => isSame(one, callback, observables));
  if (at >= 0) callbacks.splice(at, 1);
}

/** Whether there is any. */
export const hasCallbacks = (): boolean => callbacks.length > 0;

/** Calls all. What one observes after it has returned, as a promise does, is in the next export. */
export function callAll(): void {
  for (const { callback, result } of [...callbacks])
    try {
      // A promise that is rejected is the page's own, and no error of it.
      (callback(result) as Promise<unknown> | undefined)?.then?.(undefined, () => {});
    } catch {
      // It has observed what it has.
    }
}

/** Records what a callback observes. */
export function observe(stream: Stream, given: number, attributes: unknown): void {
  try {
    const value = valueOf(stream, given);
    if (value == undefined || !isRecording()) return;
    if (isGauge(stream)) return put(stream, value, attributes);
    // The callback has the sum, and an export what was added to it.
    const key = keyOf(pairsOf(attributes));
    const before = stream.observed.get(key);
    if (before == undefined && stream.observed.size >= MOST_OBSERVED) return refuse(stream);
    stream.observed.set(key, value);
    const isReset = isMonotonic(stream) && value < before!;
    const added = isReset ? value : value - (before ?? 0);
    if (added || before == undefined) put(stream, added, attributes);
  } catch {
    // What the page has given cannot be read.
  }
}

type Callback = (result: object) => unknown;
interface Entry {
  callback: Callback;
  observables: readonly Stream[];
  result: object;
}

const isSame = (one: Entry, callback: unknown, observables: readonly Stream[]): boolean =>
  one.callback == callback && one.observables.length == observables.length && one.observables.every((stream) => observables.includes(stream));

const callbacks: Entry[] = [];
const MOST = 200;
/** Sums of an observable counter that are remembered: without the one before nothing says what was added. */
const MOST_OBSERVED = 1000;
