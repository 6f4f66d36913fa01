// @ts-check
// Keyboard shortcuts: one listener for those of the page and of the current view.

/** @import { Key } from "./types" */

import { fill, h, icon } from "./dom.js";

/** @type {Key[]} */
let viewKeys = [];
/** @type {Key[]} */
let pageKeys = [];

/**
 * Starts listening, with the keys that work in every view.
 * @param {Key[]} keys
 */
export function startKeys(keys) {
  pageKeys = [
    ...keys,
    { keys: ["?"], description: "Show this list", run: showKeys },
    { keys: ["Escape"], description: "Leave the field", run: leave },
  ];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (dialog.open) return;
    if (isTyping(event.target) && event.key !== "Escape") return;
    // A field is left before anything else is closed; the browser would empty it.
    const all = isTyping(event.target) ? pageKeys : [...viewKeys, ...pageKeys];
    const key = all.find(({ keys }) => keys.includes(event.key));
    if (!key || isOwnKey(event)) return;
    if (key.run(event) !== false) event.preventDefault();
  });
  document.body.append(dialog);
}

/**
 * Sets the keys of the current view.
 * @param {Key[]} keys
 */
export function useKeys(keys) {
  viewKeys = keys;
}

/** Opens the list of keys. */
export function showKeys() {
  const close = h(
    "button",
    { type: "button", class: "quiet", "aria-label": "Close", onclick: () => dialog.close() },
    icon("close"),
  );
  fill(
    dialog,
    h("header", {}, h("h2", {}, "Keys"), close),
    keyList(viewKeys),
    h("h3", {}, "Everywhere"),
    keyList(pageKeys),
  );
  dialog.showModal();
}

/** Takes the focus from the element that has it; a key that does nothing stays the browser's. */
function leave() {
  if (!(document.activeElement instanceof HTMLElement) || document.activeElement === document.body) return false;
  document.activeElement.blur();
}

/** @param {Key[]} keys */
function keyList(keys) {
  return h(
    "dl",
    { class: "keys" },
    ...keys.flatMap(({ keys, description }) => [
      h("dt", {}, ...keys.map((key) => h("kbd", {}, NAMES[key] ?? key))),
      h("dd", {}, description),
    ]),
  );
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  // A radio button has the arrow keys for itself, and no letters.
  if (target instanceof HTMLInputElement && target.type === "radio") return false;
  return (
    target instanceof HTMLInputElement || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement
  );
}

/**
 * Whether the browser handles the key itself: Enter and Space on a link or button.
 * @param {KeyboardEvent} event
 */
function isOwnKey(event) {
  return (
    (event.key === "Enter" || event.key === " ") &&
    event.target instanceof Element &&
    event.target.closest("a, button, summary") !== null
  );
}

/** @type {Record<string, string>} */
const NAMES = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", " ": "Space" };
const dialog = h("dialog", { class: "keys-dialog", "aria-label": "Keys" });
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
