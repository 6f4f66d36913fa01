// What time is it on the page's clock?

/** Milliseconds as whole microseconds: a float of nanoseconds would lose bits. */
export const micros = (milliseconds = 0): number => Math.round(milliseconds * 1000);

/** µs since the page's time origin. */
export const now = (): number => micros(performance.now());
