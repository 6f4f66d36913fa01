// @ts-check
// Is a button held down? What is under the pointer must not be exchanged meanwhile:
// the click would be lost.

let pressed = false;
/** @type {(() => void)[]} */
let waiting = [];

/** Starts watching. */
export function startPress() {
  addEventListener("pointerdown", () => (pressed = true), { capture: true });
  for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, release, { capture: true });
}

/**
 * Settles at once, or when the click that is under way has been delivered.
 * @returns {Promise<void>}
 */
export function released() {
  return pressed ? new Promise((settle) => waiting.push(settle)) : Promise.resolve();
}

function release() {
  pressed = false;
  const settled = waiting;
  waiting = [];
  // The click follows the release.
  setTimeout(() => {
    for (const settle of settled) settle();
  });
}
