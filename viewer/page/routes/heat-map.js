// @ts-check
// The heat map of durations: when traces began, and how long they, or spans in them, took.

/** @import { Durations } from "../overviews" */

import { fill, h } from "../dom.js";
import { clockTime, counted, duration } from "../format.js";
import { traceAddress } from "../navigation.js";

/**
 * A map whose cells lead to their traces, or to the slowest of their spans. The arrow keys go from cell to cell.
 * @param {() => Record<string, string>} filter of the traces
 */
export function heatMap(filter) {
  const grid = h("div", { class: "heat-cells", role: "group", "aria-label": "By start and duration" });
  const rows = h("div", { class: "heat-rows", "aria-hidden": "true" });
  const times = h("div", { class: "heat-times", "aria-hidden": "true" });
  const element = h("div", { class: "heat-map" }, rows, grid, times);
  /** @type {Cell[]} */
  let cells = [];
  /** The place of the cell that the Tab key reaches. */
  let place = { column: 0, row: 0 };

  grid.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = nearest(cells, place, step);
    if (next) focus(next);
  });
  grid.addEventListener("focusin", (event) => {
    const cell = cells.find(({ element }) => element === event.target);
    if (cell) reach(cell);
  });

  /** @param {Cell} cell */
  function focus(cell) {
    reach(cell);
    cell.element.focus();
  }

  /** @param {Cell} cell */
  function reach(cell) {
    place = cell;
    for (const { element } of cells) element.tabIndex = element === cell.element ? 0 : -1;
  }

  /** @param {Durations} durations */
  function show(durations) {
    const hadFocus = grid.contains(document.activeElement);
    // On a phone a finger is wider than a column.
    const merged = element.clientWidth < NARROW ? 3 : 1;
    const start = BigInt(durations.start_unix_nano);
    const width = BigInt(durations.column_nano) * BigInt(merged);
    const columns = Math.ceil(durations.columns / merged);
    const used = durations.cells.map(({ row }) => row);
    const [lowest, highest] = [Math.min(...used), Math.max(...used)];
    const counts = mergedCells(durations.cells, merged);
    const most = counts.reduce((most, { count }) => Math.max(most, count), 1);
    grid.style.setProperty("--columns", String(columns));
    element.style.setProperty("--rows", String(highest - lowest + 1));
    const noun = durations.spans === undefined ? "trace" : "span";
    cells = counts.map(({ column, row, count, errors, slowest }) => {
      const { min_ms, max_ms } = durations.rows[row];
      const from = start + width * BigInt(column);
      const title =
        `${counted(count, noun)}${errors > 0 ? `, ${errors} with errors` : ""}, from ${clockTime(from)} on, ` +
        (max_ms === null ? `over ${milliseconds(min_ms)}` : `${milliseconds(min_ms)} to ${milliseconds(max_ms)}`) +
        (slowest ? "; opens the slowest" : "");
      const search = new URLSearchParams({
        ...filter(),
        since: String(from),
        until: String(from + width),
        min_ms: String(min_ms),
        ...(max_ms !== null && { max_ms: String(max_ms) }),
      });
      const link = h("a", {
        class: errors > 0 ? "failed" : "",
        href: slowest ? traceAddress(slowest.trace_id, slowest.span_id) : `/?${search}`,
        title,
        "aria-label": title,
        tabindex: "-1",
        style: {
          "--column": String(column + 1),
          "--row": String(highest - row + 1),
          // The square root: one trace is visible beside thousands.
          "--share": `${Math.round(25 + 75 * Math.sqrt(count / most))}%`,
        },
      });
      return { column, row, element: link };
    });
    fill(grid, cells.map(({ element }) => element));
    fill(rows, durations.rows.slice(lowest, highest + 1).reverse().map(({ min_ms }) => h("span", {}, milliseconds(min_ms))));
    fill(times, h("span", {}, clockTime(start)), h("span", {}, clockTime(start + width * BigInt(columns))));
    const there = cells.find(({ column, row }) => column === place.column && row === place.row) ?? cells.at(-1);
    if (there && hadFocus) focus(there);
    else if (there) reach(there);
  }

  return { element, show };
}

/**
 * @param {Durations["cells"]} cells
 * @param {number} merged columns in one
 */
function mergedCells(cells, merged) {
  /** @type {Map<string, Durations["cells"][number]>} */
  const places = new Map();
  for (const cell of cells) {
    const column = Math.floor(cell.column / merged);
    const key = `${column} ${cell.row}`;
    const there = places.get(key) ?? { column, row: cell.row, count: 0, errors: 0 };
    const slowest = (there.slowest?.ms ?? 0) > (cell.slowest?.ms ?? 0) ? there.slowest : cell.slowest;
    places.set(key, { ...there, slowest, count: there.count + cell.count, errors: there.errors + cell.errors });
  }
  return [...places.values()].sort((a, b) => a.column - b.column || a.row - b.row);
}

/**
 * The nearest cell in a direction.
 * @param {Cell[]} cells
 * @param {{column: number, row: number}} from
 * @param {[number, number]} step columns and rows
 */
function nearest(cells, from, [columns, rows]) {
  /** @type {Cell | null} */
  let found = null;
  let least = Infinity;
  for (const cell of cells) {
    const along = (cell.column - from.column) * columns + (cell.row - from.row) * rows;
    if (along <= 0) continue;
    const aside = Math.abs((cell.column - from.column) * rows) + Math.abs((cell.row - from.row) * columns);
    const distance = along + 3 * aside;
    if (distance >= least) continue;
    least = distance;
    found = cell;
  }
  return found;
}

/** @param {number} ms */
function milliseconds(ms) {
  return ms === 0 ? "0" : duration(ms * 1e6).replace(/\.0+ /, " ");
}

/** @typedef {{column: number, row: number, element: HTMLAnchorElement}} Cell */

/** @type {Record<string, [number, number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
/** px */
const NARROW = 600;
