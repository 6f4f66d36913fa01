// @ts-check
// Cuts long texts, with a button that shows all of them.

import { h } from "./dom.js";
import { size } from "./format.js";
import { fillAsScrolled } from "./long-list.js";

/**
 * A text, of a long one its beginning and a button. All of it is drawn as it is scrolled.
 * @param {string} text
 * @param {(part: string) => import("./dom.js").Child} [show] formats a part of the text
 */
export function longText(text, show = (part) => part) {
  if (text.length <= SHOWN) return h("span", {}, show(text));
  const start = text.slice(0, cut(text, SHOWN));
  const words = `Show all (${size(new Blob([text]).size)})`;
  const button = h("button", { type: "button", class: "show-all" }, words);
  const element = h("span", {}, h("span", {}, show(start), "… "), button);
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    element.replaceChildren();
    fillAsScrolled(element, parts(text), (part) => h("span", {}, show(part)), PARTS);
  });
  return element;
}

/**
 * A text, cut for one line: a name in a row, a tooltip.
 * @param {string} text
 * @param {number} [length]
 */
export function short(text, length = 300) {
  return text.length > length ? `${text.slice(0, cut(text, length))}…` : text;
}

/** @param {string} text */
function parts(text) {
  const parts = [];
  for (let from = 0; from < text.length; ) {
    const to = cut(text, from + PART);
    parts.push(text.slice(from, to));
    from = to;
  }
  return parts;
}

/**
 * The index, or the one after it where a character of two code units would be divided.
 * @param {string} text
 * @param {number} index
 */
function cut(text, index) {
  const unit = text.charCodeAt(index - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? index + 1 : index;
}

/** Characters that are shown of a long text at first. */
const SHOWN = 4_000;
/** Characters of a part, and parts that are drawn at a time: a part of SQL is some 500 elements. */
const PART = 4_000;
const PARTS = 10;
