// @ts-check
// The end of a list that is fetched page by page: how many are shown, and a button for older ones.

import { h } from "./dom.js";
import { counted } from "./format.js";

/**
 * @param {string} noun of one item
 * @param {() => unknown} load fetches the list again, with {@link fetchPages}
 */
export function olderPages(noun, load) {
  /** The pages that are shown; those that a person has asked for stay while the list grows. */
  let pages = 1;
  const note = h("span", { class: "note", role: "status" });
  const button = h("button", { type: "button", class: "more", onclick: more }, `Older ${noun}s`);
  const element = h("p", { class: "older", hidden: true }, note, button);

  function more() {
    pages++;
    load();
  }

  return {
    element,
    /** Goes back to one page: another search has begun. */
    reset() {
      pages = 1;
    },
    /**
     * Fetches the pages that are shown.
     * @template T
     * @template {{next: string | null}} R
     * @param {(page: Record<string, string>) => Promise<R>} fetchPage with the parameters of a page
     * @param {(result: R) => T[]} itemsOf
     * @returns {Promise<R>} the last one, with the items of all
     */
    async fetchPages(fetchPage, itemsOf) {
      let result = await fetchPage({});
      const items = itemsOf(result);
      for (let page = 1; page < pages && result.next !== null; page++) {
        result = await fetchPage({ before: result.next });
        items.push(...itemsOf(result));
      }
      itemsOf(result).splice(0, Infinity, ...items);
      return result;
    },
    /**
     * @param {number} count items that are shown
     * @param {string | null} next
     */
    show(count, next) {
      element.hidden = next === null;
      const text = `${counted(count, noun)} shown, and there are older ones`;
      if (note.textContent !== text) note.textContent = text;
    },
  };
}
