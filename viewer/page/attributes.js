// @ts-check
// Shows attributes, in groups.

/** @import { Attributes, Json } from "./types" */

import { copyButton, h } from "./dom.js";
import { valueText } from "./format.js";

/**
 * Attributes grouped by topic. Each value has buttons to copy it and to search for it.
 * @param {Attributes} attributes
 * @param {{except?: string[]}} [options]
 */
export function attributeGroups(attributes, { except = [] } = {}) {
  /** @type {Map<string, [string, Json][]>} */
  const groups = new Map(GROUPS.map(([title]) => [title, []]));
  for (const [key, value] of Object.entries(attributes)) {
    if (except.includes(key)) continue;
    const [title] = GROUPS.find(([, prefixes]) => prefixes.some((prefix) => key.startsWith(prefix))) ?? OTHER;
    groups.get(title)?.push([key, value]);
  }
  const filled = [...groups].filter(([, entries]) => entries.length > 0);
  return filled.map(([title, entries]) =>
    h("section", { class: "attribute-group" }, filled.length > 1 && h("h4", {}, title), attributeList(entries)),
  );
}

/** @param {[string, Json][]} entries */
export function attributeList(entries) {
  return h(
    "dl",
    { class: "attributes" },
    ...entries
      .sort(([a], [b]) => a.localeCompare(b))
      .flatMap(([key, value]) => {
        const text = valueText(value);
        const block = CODE.has(key) || (text.includes("\n") && text.length > 60);
        return [
          h("dt", { title: key }, key),
          h(
            "dd",
            { class: block ? "block" : "" },
            block
              ? h("pre", { class: "value" }, h("code", {}, ...(SQL.has(key) ? sql(text) : [text])))
              : h(
                  "span",
                  { class: `value ${typeof value}` },
                  text === "" ? h("span", { class: "note" }, "(empty)") : text,
                ),
            h(
              "span",
              { class: "value-actions" },
              text.length < 300 &&
                !Array.isArray(value) &&
                h(
                  "a",
                  {
                    class: "find",
                    href: `/?q=${encodeURIComponent(`${key}="${text.replaceAll('"', "")}"`)}`,
                    title: "Find traces with this value",
                    "aria-label": `Find traces with this ${key}`,
                  },
                  "find",
                ),
              copyButton(text, `Copy ${key}`),
            ),
          ),
        ];
      }),
  );
}

/**
 * An SQL statement with its keywords highlighted.
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
const SQL = new Set(["db.query.text", "db.statement"]);
const CODE = new Set([...SQL, "exception.stacktrace", "code.stacktrace", "graphql.document"]);
const KEYWORDS =
  /\b(SELECT|FROM|WHERE|INSERT|INTO|VALUES|UPDATE|SET|DELETE|JOIN|LEFT|RIGHT|INNER|OUTER|ON|AND|OR|NOT|IN|IS|NULL|AS|ORDER|GROUP|BY|HAVING|LIMIT|OFFSET|RETURNING|FOR|SHARE|WITH|UNION|ALL|DISTINCT|BEGIN|COMMIT|ROLLBACK|CREATE|TABLE|INDEX|CASE|WHEN|THEN|ELSE|END|ANY|EXISTS|BETWEEN|LIKE|ASC|DESC|CONFLICT|DO|NOTHING)\b/;
