// @ts-check
// Finds what is typed of an attribute at the caret of a search.

/**
 * The term around the caret, up to it: a key, or a key with the beginning of a value.
 * @param {string} search
 * @param {number} caret
 * @returns {TypedTerm | null} null where it is no key or value
 */
export function termAt(search, caret) {
  let from = 0;
  let inQuotes = false;
  for (let at = 0; at < caret; at++) {
    if (search[at] === "\\" && inQuotes) at += 1;
    else if (search[at] === '"') inQuotes = !inQuotes;
    else if (search[at] === " " && !inQuotes) from = at + 1;
  }
  let to = caret;
  while (to < search.length && search[to] !== " ") to += 1;
  const typed = search.slice(from, caret);
  const pair = /^([^"=<>*]+)=("?)(.*)$/s.exec(typed);
  if (pair) return { key: pair[1], start: pair[3].replace(/\\(.)/gs, "$1"), from, to: inQuotes ? search.length : to };
  return /^[^"=<>*]+$/.test(typed) || typed === "" ? { key: null, start: typed, from, to } : null;
}

/**
 * @typedef {object} TypedTerm
 * @property {string | null} key null while it is typed
 * @property {string} start of the key or of the value
 * @property {number} from where the term begins
 * @property {number} to where it ends
 */
