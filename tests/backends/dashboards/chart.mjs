// @ts-check
// Draws lines over time: axes, lines or stacked areas, exemplars, and a legend.

import { GRID, PALE, PALETTE, element, round, text, widthOf } from "./svg.mjs";
import { shown, timeOfDay } from "./units.mjs";

/**
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 * @typedef {{ name: string, points: [number, number][] }} Line
 */

/** @param {Box} box @param {Line[]} all @param {{ time: number, value: number }[]} exemplars @param {any} field @param {{ from: number, to: number }} time */
export function chart(box, all, exemplars, field, { from, to }) {
  const { unit, max, custom } = field.defaults;
  // Loki begins with the step before.
  const lines = all.map(({ name, points }) => ({ name, points: points.filter(([time]) => time >= from && time <= to) }));
  const isStacked = custom?.stacking?.mode === "normal";
  const layers = isStacked ? stacked(lines) : lines.map((line) => ({ ...line, below: undefined }));
  const greatest = Math.max(...layers.flatMap(({ points }) => points.map(([, value]) => value).filter(Number.isFinite)), 0);
  // Bytes have powers of 1,024.
  const scale = /^(bytes|Bps)$/.test(unit) ? 1024 ** Math.floor(Math.log(Math.max(greatest, 1)) / Math.log(1024)) : 1;
  const ticks = ticksTo((max ?? (greatest || 1)) / scale).map((tick) => tick * scale);
  const top = max ?? ticks.at(-1) ?? 1;
  const labels = ticks.map((tick) => shown(tick, unit));
  const left = Math.max(...labels.map((label) => widthOf(label, 10))) + 8;
  const { rows, height } = legend(lines, box);
  const plot = { x: box.x + left, y: box.y + 6, width: box.width - left - 6, height: box.height - height - 26 };
  const px = (/** @type {number} */ time) => plot.x + ((time - from) / (to - from)) * plot.width;
  const py = (/** @type {number} */ value) => plot.y + plot.height - (Math.min(value, top) / top) * plot.height;
  const parts = ticks.map((tick, index) => {
    const y = py(tick);
    return (
      element("path", { d: `M${round(plot.x)} ${round(y)}h${round(plot.width)}`, stroke: GRID }) +
      text(labels[index] ?? "", { x: plot.x - 5, y: y + 3.5, size: 10, fill: PALE, anchor: "end" })
    );
  });
  const step = [60, 120, 300, 600, 1800, 3600].find((seconds) => (to - from) / seconds <= Math.max(2, plot.width / 70)) ?? 7200;
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    const x = px(time);
    if (x - plot.x < 10 || plot.x + plot.width - x < 10) continue;
    parts.push(text(timeOfDay(time), { x, y: plot.y + plot.height + 13, size: 10, fill: PALE, anchor: "middle" }));
  }
  for (const [index, { points, below }] of layers.entries()) {
    const color = colorAt(index);
    const d = path(points, px, py);
    if (below) {
      const back = below.toReversed().map(([time, value]) => `L${round(px(time))} ${round(py(value))}`).join("");
      parts.push(element("path", { d: `${d}${back}Z`, fill: color, "fill-opacity": 0.35 }));
    }
    parts.push(element("path", { d, fill: "none", stroke: color, "stroke-width": 1.4, "stroke-linejoin": "round" }));
  }
  for (const { time, value } of exemplars) {
    if (time < from || time > to || value > top) continue;
    parts.push(element("path", { d: `M${round(px(time))} ${round(py(value) - 3)}l3 3l-3 3l-3 -3Z`, fill: "#ffffff", stroke: "#0b7285" }));
  }
  return parts.join("") + rows;
}

/** Adds the values of each line to those below it, at each time of any. @param {Line[]} lines */
function stacked(lines) {
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([time]) => time)))].sort((a, b) => a - b);
  let below = times.map((time) => /** @type {[number, number]} */ ([time, 0]));
  return lines.map(({ name, points }) => {
    const values = new Map(points);
    const sums = below.map(([time, value]) => /** @type {[number, number]} */ ([time, value + (values.get(time) || 0)]));
    const layer = { name, points: sums, below };
    below = sums;
    return layer;
  });
}

/** A path with gaps where there is no number. @param {[number, number][]} points @param {(time: number) => number} px @param {(value: number) => number} py */
function path(points, px, py) {
  let isOpen = false;
  return points
    .map(([time, value]) => {
      const command = isOpen ? "L" : "M";
      isOpen = Number.isFinite(value);
      return isOpen ? `${command}${round(px(time))} ${round(py(value))}` : "";
    })
    .join("");
}

/** Up to five round numbers, the last one at or above the greatest. @param {number} greatest */
function ticksTo(greatest) {
  const rough = greatest / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  return Array.from({ length: Math.ceil(greatest / step - 0.001) + 1 }, (_, index) => index * step);
}

/** The names of the lines, as many as two or three rows have. @param {Line[]} lines @param {Box} box */
function legend(lines, box) {
  const most = box.height > 220 ? 3 : 2;
  let [x, row] = [box.x + 4, 0];
  /** @type {{ x: number, row: number, name: string, index: number }[]} */
  const places = [];
  for (const [index, { name }] of lines.entries()) {
    const width = Math.min(widthOf(name, 10) + 26, box.width / 2);
    if (x + width > box.x + box.width && x > box.x + 4) [x, row] = [box.x + 4, row + 1];
    if (row === most) break;
    places.push({ x, row, name, index });
    x += width;
  }
  const count = (places.at(-1)?.row ?? 0) + 1;
  const top = box.y + box.height - count * 14 + 8;
  const rows = places.map(({ x, row, name, index }) => {
    const y = top + row * 14;
    const line = element("path", { d: `M${round(x)} ${round(y - 3.5)}h10`, stroke: colorAt(index), "stroke-width": 3 });
    return line + text(name, { x: x + 14, y, size: 10, width: box.width / 2 - 18 });
  });
  return { rows: rows.join(""), height: count * 14 };
}

/** @param {number} index */
const colorAt = (index) => PALETTE[index % PALETTE.length] ?? PALE;
