// What happens when we are wrong?

/** The same work, except that nothing it throws reaches the page. */
export const guarded =
  <Arguments extends unknown[]>(work: (...given: Arguments) => void) =>
  (...given: Arguments): void => {
    try {
      work(...given);
    } catch {
      // One fact less. The page goes on.
    }
  };
