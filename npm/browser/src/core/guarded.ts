// Keeps our own exceptions away from the page.

/** Wraps `work` so that nothing it throws reaches the page. */
export const guarded =
  <Arguments extends unknown[]>(work: (...given: Arguments) => void) =>
  (...given: Arguments): void => {
    try {
      work(...given);
    } catch {
      // One fact is lost. The page continues.
    }
  };
