// @ts-check
// Limits how often a function runs.

/**
 * Runs at once, then at most once in `milliseconds`, and once more at the end when there
 * were calls in between.
 * @param {number} milliseconds
 * @param {() => Promise<void> | void} run
 */
export function atMostEvery(milliseconds, run) {
  let waiting = false;
  let again = false;
  return async function call() {
    if (waiting) {
      again = true;
      return;
    }
    waiting = true;
    again = false;
    await run();
    setTimeout(() => {
      waiting = false;
      if (again) call();
    }, milliseconds);
  };
}

/**
 * Runs after `milliseconds` without a call.
 * @template {unknown[]} A
 * @param {number} milliseconds
 * @param {(...a: A) => void} run
 * @returns {(...a: A) => void}
 */
export function afterPause(milliseconds, run) {
  let timer = 0;
  return (...a) => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds, ...a);
  };
}
