// @ts-check
// Detects a pressed button. The element under the pointer must not be replaced while the
// button is down: the click would be lost.

let pressed = false;
/** @type {(() => void)[]} */
let waiting = [];

/** Starts watching. */
export function startPress() {
  addEventListener("pointerdown", () => (pressed = true), { capture: true });
  for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, release, { capture: true });
}

/**
 * Resolves at once, or after the current click.
 * @returns {Promise<void>}
 */
export function released() {
  return pressed ? new Promise((settle) => waiting.push(settle)) : Promise.resolve();
}

function release() {
  pressed = false;
  const settled = waiting;
  waiting = [];
  // The click event follows the release.
  setTimeout(() => {
    for (const settle of settled) settle();
  });
}
