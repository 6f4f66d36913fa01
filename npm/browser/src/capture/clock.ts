// What time is it, in whole microseconds?

/** Milliseconds of `performance` as whole microseconds: a float of nanoseconds would lose bits. */
export const micros = (milliseconds: number): number => Math.round(milliseconds * 1000);

/** Now, in µs since the page's time origin. */
export const now = (): number => micros(performance.now());

/** The wall clock at the page's time origin, in ms since the Unix epoch. */
let anchor = 0;

/**
 * The wall clock at the time origin, checked against `Date.now()`: while a laptop sleeps
 * `performance.now()` stands still (https://github.com/w3c/hr-time/issues/115), and
 * everything after would be as old as the sleep was long.
 */
export function wallAtOrigin(): number {
  const seen = Date.now() - performance.now();
  if (!anchor) anchor = performance.timeOrigin;
  if (Math.abs(seen - anchor) > DRIFT_MS) anchor = seen;
  return micros(anchor);
}

/** `Date.now()` is whole milliseconds and NTP moves it a little: less than this is no drift. */
const DRIFT_MS = 1000;
