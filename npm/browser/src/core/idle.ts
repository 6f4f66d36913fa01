// Runs work when the main thread is idle.

/** Runs `work` when the browser is idle, or after two seconds; WebKit has no such callback. */
export const idle = (work: () => void): void =>
  void ("requestIdleCallback" in self ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 50));
