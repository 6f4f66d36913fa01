// When may something be done that is not urgent?

/** When the main thread has nothing better to do; WebKit does not say when that is. */
export const idle = (work: () => void): void =>
  void ("requestIdleCallback" in self ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 50));
