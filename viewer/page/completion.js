// @ts-check
// Completes keys and values of attributes in a search field, as a combobox with a list.
// https://www.w3.org/WAI/ARIA/apg/patterns/combobox/

/** @import { TypedTerm } from "./typed-term.js" */

import { fetchAttributes } from "./api.js";
import { quotedTerm } from "./attributes.js";
import { fill, h } from "./dom.js";
import { counted } from "./format.js";
import { short } from "./long-text.js";
import { termAt } from "./typed-term.js";
import { afterPause } from "./throttle.js";

/**
 * Makes a search field complete what is typed. Returns the list, to be put into the document.
 * @param {HTMLInputElement} input
 */
export function completion(input) {
  /** @type {Completion[]} */
  let shown = [];
  let active = -1;
  let requests = 0;
  const list = h("ul", { class: "completions", role: "listbox", id: `completions-${++lists}`, "aria-label": "Attributes", hidden: true });
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  }))
    input.setAttribute(name, value);

  input.addEventListener("input", afterPause(60, offer));
  input.addEventListener("blur", close);
  window.addEventListener("resize", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (list.hidden) {
      if (event.key !== "ArrowDown") return;
      void offer();
    } else if (event.key === "ArrowDown") activate((active + 1) % shown.length);
    else if (event.key === "ArrowUp") activate((active <= 0 ? shown.length : active) - 1);
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) accept(shown[active]);
    else return;
    event.preventDefault();
  });
  // The field keeps the focus.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target instanceof Element ? event.target.closest("li") : null;
    if (option) accept(shown[[...list.children].indexOf(option)]);
  });

  /** Shows what may come next at the caret. */
  async function offer() {
    const request = ++requests;
    const term = termAt(input.value, input.selectionStart ?? input.value.length);
    const found = term ? await completions(term).catch(() => []) : [];
    // The person may have gone on meanwhile.
    if (request !== requests || document.activeElement !== input) return;
    shown = found;
    active = -1;
    fill(list, found.map(option));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    input.removeAttribute("aria-activedescendant");
    const { left, bottom, width } = input.getBoundingClientRect();
    for (const [name, px] of Object.entries({ left, top: bottom, width })) list.style.setProperty(`--${name}`, `${px}px`);
  }

  function close() {
    requests += 1;
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  function activate(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = list.children[active];
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  /** @param {Completion} completion */
  function accept({ text, from, to }) {
    close();
    // Behind a term there is one space.
    input.setRangeText(text, from, text.endsWith(" ") && input.value[to] === " " ? to + 1 : to, "end");
    // The search runs, and a key is followed by its values.
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /**
   * @param {Completion} completion
   * @param {number} index
   */
  function option({ label, note }, index) {
    return h(
      "li",
      { role: "option", id: `${list.id}-${index}`, "aria-selected": "false" },
      h("span", { class: "completion" }, short(label, 200)),
      h("span", { class: "note" }, note),
    );
  }

  return list;
}

/**
 * @param {TypedTerm} term
 * @returns {Promise<Completion[]>}
 */
async function completions({ key, start, from, to }) {
  if (key === null) {
    const { keys } = await fetchAttributes({ start, limit: String(MOST) });
    return (keys ?? []).map(({ text, values }) => ({ text: `${text}=`, label: text, note: counted(values, "value"), from, to }));
  }
  const { values } = await fetchAttributes({ key, start, limit: String(MOST) });
  return (values ?? [])
    .filter(({ text }) => text !== start)
    .flatMap(({ text, traces }) => {
      const term = quotedTerm(key, text);
      return term === null ? [] : [{ text: `${term} `, label: text, note: counted(traces, "trace"), from, to }];
    });
}

/**
 * @typedef {object} Completion
 * @property {string} text takes the place of the term
 * @property {string} label
 * @property {string} note
 * @property {number} from
 * @property {number} to
 */

/** Completions that are offered. */
const MOST = 50;
let lists = 0;
