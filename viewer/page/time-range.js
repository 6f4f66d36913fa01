// @ts-check
// The control for a range of times, which the address keeps as `since` and `until`.

import { fill, h } from "./dom.js";

/**
 * @param {() => void} changed
 */
export function timeRange(changed) {
  /** The moments of the address, which may be finer than the control, until a person changes them. */
  let exact = { since: "", until: "" };
  /** A range of the address that the controls cannot show, such as one that ends before now. */
  let other = { since: "", until: "" };
  const select = h("select", { "aria-label": "Time range", onchange: choose });
  const from = moment("From", "since");
  const to = moment("To", "until");
  const moments = h("span", { class: "moments", hidden: true }, from, h("span", { "aria-hidden": "true" }, "–"), to);
  const element = h("span", { class: "time-range" }, select, moments);
  list("");

  /**
   * @param {string} label
   * @param {"since" | "until"} bound
   */
  function moment(label, bound) {
    const onchange = () => {
      exact = { ...exact, [bound]: "" };
      changed();
    };
    return h("input", { type: "datetime-local", step: "1", "aria-label": label, onchange });
  }

  /** @param {string} value a range before now, BETWEEN, OTHER or none */
  function list(value) {
    const others = value === "" || value === BETWEEN || value === OTHER || RANGES.some(([range]) => range === value) ? [] : [value];
    fill(
      select,
      h("option", { value: "" }, "Any time"),
      ...RANGES.map(([range, words]) => h("option", { value: range }, words)),
      ...others.map((range) => h("option", { value: range }, `Last ${range}`)),
      value === OTHER && h("option", { value: OTHER }, wordsOf(other)),
      h("option", { value: BETWEEN }, "From … to …"),
    );
    select.value = value;
    moments.hidden = value !== BETWEEN;
  }

  function choose() {
    moments.hidden = select.value !== BETWEEN;
    if (select.value === BETWEEN) {
      // A beginning, from which a person goes on.
      if (!from.value) from.value = local(new Date(Date.now() - 900_000));
      from.focus();
    }
    changed();
  }

  return {
    element,
    /** The range as parameters; empty ones where there is no bound. */
    parameters() {
      if (select.value === OTHER) return other;
      if (select.value !== BETWEEN) return { since: select.value, until: "" };
      return { since: exact.since || utc(from.value), until: exact.until || utc(to.value) };
    },
    /**
     * Sets the range of an address.
     * @param {URL} address
     */
    apply({ searchParams }) {
      const [since, until] = [searchParams.get("since") ?? "", searchParams.get("until") ?? ""];
      const [start, end] = [dateOf(since), dateOf(until)];
      from.value = start ? local(start) : "";
      to.value = end ? local(end) : "";
      exact = { since: start ? since : "", until: end ? until : "" };
      other = { since, until };
      const isOther = (until !== "" && !end) || (since !== "" && !start && until !== "");
      list(isOther ? OTHER : start || end ? BETWEEN : since);
    },
  };
}

/**
 * The moment that a parameter names, if it is no time before now.
 * @param {string} text RFC 3339, or ns since the Unix epoch
 */
function dateOf(text) {
  const date = /^\d{14,}$/.test(text) ? new Date(Number(text.slice(0, -6))) : new Date(/^\d{4}-/.test(text) ? text : NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

/**
 * A range in words.
 * @param {{since: string, until: string}} range
 */
function wordsOf({ since, until }) {
  const words = (/** @type {string} */ text) => dateOf(text)?.toLocaleString() ?? `${text.replace(/^-|\s+ago$/g, "")} ago`;
  return [since && `From ${words(since)}`, until && `${since ? "to" : "To"} ${words(until)}`].filter(Boolean).join(" ");
}

/**
 * A time of this machine's zone, as the browser's control has it.
 * @param {Date} date
 */
function local(date) {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}

/** @param {string} text a time of this machine's zone */
function utc(text) {
  return text ? new Date(text).toISOString() : "";
}

/** The choice of two moments. */
const BETWEEN = "between";
/** The choice of a range that the address alone can name. */
const OTHER = "other";
/** @type {[string, string][]} */
const RANGES = [
  ["5m", "Last 5 min"],
  ["15m", "Last 15 min"],
  ["1h", "Last hour"],
  ["6h", "Last 6 hours"],
  ["24h", "Last 24 hours"],
];
