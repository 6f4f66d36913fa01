// @ts-check
// Draws single numbers, bars, tables and lines of logs.

import { GRID, INK, PALE, PALETTE, colorOf, element, round, text, widthOf } from "./svg.mjs";
import { shown, timeOfDay } from "./units.mjs";

/** @typedef {import("./chart.mjs").Box} Box @typedef {import("./panels.mjs").Panel} Panel */

/** @param {Box} box @param {number} value @param {any} field */
export function stat(box, value, { defaults: { unit, decimals, thresholds } }) {
  const place = { x: box.x + box.width / 2, y: box.y + box.height / 2 + 10, size: 30, anchor: "middle", weight: 600 };
  return text(shown(value, unit, decimals), { ...place, fill: colorOf(value, thresholds) });
}

/** @param {Box} box @param {{ name: string, value: number }[]} values @param {any} field */
export function bars(box, values, { defaults: { unit, decimals, thresholds, max } }) {
  const rows = values.toSorted((a, b) => b.value - a.value).slice(0, Math.floor(box.height / BAR));
  const greatest = max ?? Math.max(...rows.map(({ value }) => value));
  return rows
    .map(({ name, value }, index) => {
      const y = box.y + index * BAR;
      const color = thresholds ? colorOf(value, thresholds) : PALETTE[2] ?? INK;
      const number = shown(value, unit, decimals);
      const width = Math.max(1, (Math.max(0, Math.min(value, greatest)) / (greatest || 1)) * (box.width - 12));
      return [
        text(name || "(none)", { x: box.x + 4, y: y + 11, width: box.width - widthOf(number) - 20 }),
        text(number, { x: box.x + box.width - 8, y: y + 11, anchor: "end", weight: 600, fill: color }),
        element("rect", { x: box.x + 4, y: y + 15, width: box.width - 12, height: 6, rx: 3, fill: GRID }),
        element("rect", { x: box.x + 4, y: y + 15, width, height: 6, rx: 3, fill: color }),
      ].join("");
    })
    .join("");
}

/**
 * A table: the answers of its queries, joined by their labels, in the columns that the panel names.
 * @param {Box} box @param {Panel} panel @param {import("./panels.mjs").Series[][]} answers in the order of the queries
 */
export function table(box, panel, answers) {
  const { renameByName } = panel.transformations?.find(({ id }) => id === "organize")?.options ?? { renameByName: {} };
  const { indexByName } = panel.transformations?.find(({ id }) => id === "organize")?.options ?? { indexByName: {} };
  const fields = Object.keys(renameByName).sort((a, b) => indexByName[a] - indexByName[b]);
  /** @type {Map<string, Record<string, string | number>>} */
  const rows = new Map();
  for (const [index, series] of answers.entries()) {
    const field = answers.length > 1 ? `Value #${panel.targets?.[index]?.refId}` : "Value";
    for (const { labels, points } of series) {
      const key = JSON.stringify(Object.entries(labels).sort());
      rows.set(key, { ...(rows.get(key) ?? labels), [field]: points[0]?.[1] ?? NaN });
    }
  }
  const sorted = panel.options.sortBy[0]?.displayName;
  const by = fields.find((field) => renameByName[field] === sorted) ?? "";
  const shownRows = [...rows.values()].sort((a, b) => Number(b[by] ?? 0) - Number(a[by] ?? 0)).slice(0, Math.floor((box.height - 20) / ROW));
  const width = box.width / fields.length;
  const unitOf = (/** @type {string} */ title) =>
    panel.fieldConfig.overrides.find((/** @type {any} */ { matcher }) => matcher.options === title)?.properties[0].value ?? "short";
  const cell = (/** @type {string} */ field, /** @type {number} */ index, /** @type {string} */ content, /** @type {number} */ y, /** @type {number} */ weight) => {
    const isNumber = field.startsWith("Value");
    const x = box.x + index * width + (isNumber ? width - 10 : 4);
    return text(content, { x, y, width: width - 14, weight, fill: weight > 400 ? PALE : INK, anchor: isNumber ? "end" : "start" });
  };
  return [
    ...fields.map((field, index) => cell(field, index, renameByName[field], box.y + 12, 600)),
    ...shownRows.flatMap((row, line) => {
      const y = box.y + 20 + line * ROW;
      const rule = element("path", { d: `M${round(box.x)} ${round(y)}h${round(box.width)}`, stroke: GRID });
      const cells = fields.map((field, index) => {
        const value = row[field];
        const content = typeof value === "number" ? shown(value, unitOf(renameByName[field])) : (value ?? (field.startsWith("Value") ? "–" : ""));
        return cell(field, index, content, y + 14, 400);
      });
      return [rule, ...cells];
    }),
  ].join("");
}

/** @param {Box} box @param {import("./panels.mjs").Stream[]} streams */
export function logs(box, streams) {
  const lines = streams.flatMap(({ lines }) => lines).sort(([a], [b]) => (a < b ? 1 : -1));
  return lines
    .slice(0, Math.floor(box.height / ROW))
    .map(([time, line], index) => {
      const y = box.y + index * ROW + 12;
      return text(timeOfDay(Number(time) / 1e9, true), { x: box.x + 4, y, fill: PALE }) + text(line, { x: box.x + 66, y, width: box.width - 70 });
    })
    .join("");
}

const BAR = 28;
const ROW = 20;
