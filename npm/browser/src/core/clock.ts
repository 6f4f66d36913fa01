// The page's clock, in whole microseconds.

import { elapsed } from "./platform.js";

/** Milliseconds as whole microseconds: a float of nanoseconds would lose bits. */
export const micros = (milliseconds = 0): number => Math.round(milliseconds * 1000);

/** µs since the page's time origin. */
export const now = (): number => micros(elapsed());
