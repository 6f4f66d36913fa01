// @ts-check
// Waits while a button of the pointer is down. The element under the pointer must not be
// replaced meanwhile: the click would be lost.

let pressed = false;
/** @type {(() => void)[]} */
let waiting = [];

/** Starts watching. */
export function watchPointer() {
  addEventListener("pointerdown", () => (pressed = true), { capture: true });
  for (const end of ["pointerup", "pointercancel", "blur"]) addEventListener(end, settleWaiting, { capture: true });
}

/**
 * Resolves at once, or after the current click.
 * @returns {Promise<void>}
 */
export function pointerReleased() {
  return pressed ? new Promise((settle) => waiting.push(settle)) : Promise.resolve();
}

function settleWaiting() {
  pressed = false;
  const settled = waiting;
  waiting = [];
  // The click event follows the release.
  setTimeout(() => {
    for (const settle of settled) settle();
  });
}
