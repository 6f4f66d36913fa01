// @ts-check
// Moves the focus through a list with the keyboard.

/**
 * Moves the focus from the item that has it to another one; without one, to the first.
 * @param {Iterable<Element>} items
 * @param {number} step items to move by
 * @param {string} target selects the part of an item that gets the focus
 */
export function moveFocus(items, step, target) {
  const all = [...items];
  const at = all.findIndex((item) => item.contains(document.activeElement));
  const next = all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))];
  /** @type {HTMLElement | null | undefined} */ (next?.querySelector(target))?.focus();
}

/**
 * Draws a part of the page again, and gives the focus back to the element that takes the place of the one
 * that had it: one with the same `data-focus` or, in the nearest element with the same, with the same
 * address or words.
 * @param {Element} part
 * @param {() => void} draw
 */
export function keepFocus(part, draw) {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement) || !part.contains(focused)) {
    draw();
    return;
  }
  const name = nameOf(focused);
  draw();
  if (focused.isConnected) return;
  const again = [...part.querySelectorAll(focused.tagName)].find((element) => nameOf(/** @type {HTMLElement} */ (element)) === name);
  /** @type {HTMLElement | undefined} */ (again)?.focus({ preventScroll: true });
}

/** @param {HTMLElement} element */
function nameOf(element) {
  const { focus } = element.dataset;
  if (focus !== undefined) return focus;
  const around = element.parentElement?.closest("[data-focus]")?.getAttribute("data-focus");
  return JSON.stringify([around, element.getAttribute("href") ?? element.getAttribute("aria-label") ?? element.textContent]);
}
