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
