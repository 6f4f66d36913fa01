// @ts-check
// Shows attributes, in groups.

/** @import { Attributes, Json } from "./types" */

import { copyButton, h } from "./dom.js";
import { valueText } from "./format.js";
import { fillAsScrolled } from "./long-list.js";
import { longText, short } from "./long-text.js";

/**
 * Attributes grouped by topic. Each value has buttons to copy it and to search for it.
 * @param {Attributes} attributes
 * @param {object} [options]
 * @param {string[]} [options.except]
 * @param {boolean} [options.findable] false for what belongs to no trace
 */
export function attributeGroups(attributes, { except = [], findable = true } = {}) {
  /** @type {Map<string, [string, Json][]>} */
  const groups = new Map(GROUPS.map(([title]) => [title, []]));
  for (const [key, value] of Object.entries(attributes)) {
    if (except.includes(key)) continue;
    const [title] = GROUPS.find(([, prefixes]) => prefixes.some((prefix) => key.startsWith(prefix))) ?? OTHER;
    groups.get(title)?.push([key, value]);
  }
  const filled = [...groups].filter(([, entries]) => entries.length > 0);
  return filled.map(([title, entries]) =>
    h("section", { class: "attribute-group" }, filled.length > 1 && h("h4", {}, title), attributeList(entries, findable)),
  );
}

/**
 * @param {[string, Json][]} entries
 * @param {boolean} [findable]
 */
export function attributeList(entries, findable = true) {
  const sorted = entries.sort(([a], [b]) => a.localeCompare(b));
  return fillAsScrolled(h("dl", { class: "attributes" }), sorted, ([key, value]) => entry(key, value, findable));
}

/**
 * @param {string} key
 * @param {Json} value
 * @param {boolean} findable
 */
function entry(key, value, findable) {
  const text = valueText(value);
  const block = CODE.has(key) || (text.includes("\n") && text.length > 60);
  const search = findable && findTerm(key, value);
  return h(
    "div",
    { class: "boxless" },
    h("dt", { title: short(key) }, breakable(key)),
    h(
      "dd",
      { class: block ? "block" : "" },
      block
        ? h("pre", { class: "value" }, h("code", {}, longText(text, SQL.has(key) ? sql : undefined)))
        : h(
            "span",
            { class: `value ${typeof value}` },
            text === "" ? h("span", { class: "note" }, "(empty)") : longText(text),
          ),
      h(
        "span",
        { class: "value-actions" },
        search &&
          h(
            "a",
            {
              class: "find",
              href: `/?q=${encodeURIComponent(search)}`,
              title: "Find traces with this value",
              "aria-label": `Find traces with this ${short(key)}`,
            },
            "find",
          ),
        copyButton(text, `Copy ${short(key)}`),
      ),
    ),
  );
}

/**
 * The search for an attribute with exactly this value; none for what would be too long for an
 * address.
 * @param {string} key
 * @param {Json} value
 */
export function findTerm(key, value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (key === "" || key.length + text.length > LONGEST_SEARCH) return null;
  return `${PLAIN.test(key) ? key : quoted(key)}=${quoted(text)}`;
}

/**
 * The same with quotes only where the value needs them, as a person would type it.
 * @param {string} key
 * @param {string} value
 */
export function quotedTerm(key, value) {
  const isPlain = PLAIN.test(key) && /^[\p{L}\p{N}_.\-/:{}@?&#]+$/u.test(value) && key.length + value.length <= LONGEST_SEARCH;
  return isPlain ? `${key}=${value}` : findTerm(key, value);
}

/** @param {string} text */
function quoted(text) {
  const escaped = text
    .replace(/["\\*]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

/**
 * A key that breaks after its dots.
 * @param {string} key
 */
function breakable(key) {
  return short(key)
    .split(/(?<=\.)/)
    .map((part, index) => [index > 0 && h("wbr"), part]);
}

/**
 * SQL with its keywords highlighted.
 * @param {string} text
 */
function sql(text) {
  return text.split(KEYWORDS).map((part, index) => (index % 2 === 1 ? h("b", {}, part) : part));
}

/** @type {[string, string[]]} */
const OTHER = ["Other", []];
/** @type {[string, string[]][]} */
const GROUPS = [
  ["Exception", ["exception.", "error.", "throughline.exception."]],
  ["Database", ["db."]],
  ["Messaging", ["messaging."]],
  ["RPC", ["rpc."]],
  ["HTTP", ["http.", "url.", "user_agent."]],
  ["Network", ["server.", "client.", "network.", "net.", "peer."]],
  ["Browser", ["browser.", "session.", "app."]],
  ["Code", ["code.", "thread.", "process."]],
  ["Service", ["service.", "deployment.", "host.", "os.", "container.", "k8s.", "cloud."]],
  ["Telemetry", ["telemetry.", "otel.", "throughline."]],
  OTHER,
];
/** Characters. */
const LONGEST_SEARCH = 1_500;
/** A key without characters that have a meaning in a search. */
const PLAIN = /^[\w.\-/]+$/;
const SQL = new Set(["db.query.text", "db.statement"]);
const CODE = new Set([...SQL, "exception.stacktrace", "code.stacktrace", "graphql.document"]);
const KEYWORDS =
  /\b(SELECT|FROM|WHERE|INSERT|INTO|VALUES|UPDATE|SET|DELETE|JOIN|LEFT|RIGHT|INNER|OUTER|ON|AND|OR|NOT|IN|IS|NULL|AS|ORDER|GROUP|BY|HAVING|LIMIT|OFFSET|RETURNING|FOR|SHARE|WITH|UNION|ALL|DISTINCT|BEGIN|COMMIT|ROLLBACK|CREATE|TABLE|INDEX|CASE|WHEN|THEN|ELSE|END|ANY|EXISTS|BETWEEN|LIKE|ASC|DESC|CONFLICT|DO|NOTHING)\b/;
