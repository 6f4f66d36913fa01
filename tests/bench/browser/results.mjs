// @ts-check
// Collects numbers by measure and program, and prints them as tables of Markdown.

import { MEASURES } from "./measures.mjs";

/** @typedef {import("./measures.mjs").Id} Id */
/** @typedef {import("./measures.mjs").Measure} Measure */
/** @typedef {import("./programs.mjs").Program} Program */
/** @typedef {{ median: number, low: number, high: number, values: number[] }} Spread */

export class Results {
  /** @type {Map<Id, Map<string, number[]>>} */
  #values = new Map();

  /** Adds the number of one round. @param {Id} measure @param {Program} program @param {number} value */
  add(measure, { name }, value) {
    const programs = this.#values.get(measure) ?? new Map();
    this.#values.set(measure, programs);
    programs.set(name, [...(programs.get(name) ?? []), value]);
  }

  /**
   * The numbers of a program; `undefined` where there are none.
   * @param {Id} id @param {string} name @returns {Spread | undefined}
   */
  spread(id, name) {
    const programs = this.#values.get(id);
    const given = programs?.get(name);
    if (!given) return undefined;
    const none = programs?.get("none");
    const isAbove = /** @type {Measure} */ (MEASURES[id]).above && name !== "none";
    return spreadOf(isAbove ? given.map((value, round) => value - (none?.[round] ?? NaN)) : given);
  }

  /** A table with a row for each measure and a column for each program, and how often Throughline is the floor. @param {Program[]} programs */
  table(programs) {
    const rows = [...this.#values.keys()].map((id) => {
      const { title, unit, digits, goal = "" } = /** @type {Measure} */ (MEASURES[id]);
      const cells = programs.map(({ name }) => shown(this.spread(id, name), digits));
      return [unit ? `${title}, ${unit}` : title, goal, this.ratio(id), ...cells];
    });
    return markdown(["", "goal", "÷ floor", ...programs.map(({ title }) => title)], rows);
  }

  /** The median of Throughline as a multiple of the floor's; nothing where the floor's is none. @param {Id} id */
  ratio(id) {
    const [ours, floor] = [this.spread(id, "throughline"), this.spread(id, "floor")];
    return ours && floor && floor.median > 0 ? (ours.median / floor.median).toFixed(2) : "";
  }

  /** @param {Program[]} programs */
  toJson(programs) {
    return Object.fromEntries(
      [...this.#values.keys()].map((id) => [
        id,
        { ...MEASURES[id], ratio: this.ratio(id), programs: Object.fromEntries(programs.flatMap(({ name }) => [[name, this.spread(id, name)]])) },
      ]),
    );
  }
}

/** @param {string[]} head @param {(string | number)[][]} rows */
export function markdown(head, rows) {
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, at) => (at ? "---:" : "---"))), ...rows.map(line)].join("\n");
}

/** @param {number[]} values @returns {Spread} */
function spreadOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
  return { median: median ?? NaN, low: sorted[0] ?? NaN, high: sorted.at(-1) ?? NaN, values };
}

/** Median, and lowest to highest where they differ. @param {Spread | undefined} spread @param {number} digits */
function shown(spread, digits) {
  if (!spread) return "";
  const [median, low, high] = [spread.median, spread.low, spread.high].map((value) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  return low === high ? median : `${median} (${low}–${high})`;
}
