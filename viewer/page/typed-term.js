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
  let to = inQuotes ? closingQuote(search, caret) + 1 : caret;
  while (to < search.length && search[to] !== " ") to += 1;
  const typed = search.slice(from, caret);
  const pair = /^([^"=<>*]+)=("?)(.*)$/s.exec(typed);
  if (pair) return { key: pair[1], start: pair[3].replace(/\\(.)/gs, "$1"), from, to };
  return /^[^"=<>*]+$/.test(typed) || typed === "" ? { key: null, start: typed, from, to } : null;
}

/**
 * The place of the quote that closes the one before the caret. Where there is none yet, what follows is of other
 * terms, whose quotes stand behind their keys: the place before the caret then.
 * @param {string} search
 * @param {number} caret
 */
function closingQuote(search, caret) {
  for (let at = caret; at < search.length; at++) {
    if (search[at] === "\\") at += 1;
    else if (search[at] === '"') return at + 1 === search.length || search[at + 1] === " " ? at : caret - 1;
  }
  return caret - 1;
}

/**
 * @typedef {object} TypedTerm
 * @property {string | null} key null while it is typed
 * @property {string} start of the key or of the value
 * @property {number} from where the term begins
 * @property {number} to where it ends
 */
