// @ts-check
// Draws a dashboard as one SVG from the answers to its queries.

import { chart } from "./chart.mjs";
import { bars, logs, stat, table } from "./figures.mjs";
import { PALE, element, text } from "./svg.mjs";

/**
 * @typedef {{ series: import("./panels.mjs").Series[], streams: import("./panels.mjs").Stream[],
 *   exemplars: { time: number, value: number }[] }} Answer
 * @typedef {Record<string, Answer>} Answers by the id of the panel and the letter of the query: `3 A`
 */

/** @param {import("./panels.mjs").Dashboard} dashboard @param {Answers} answers @param {{ from: number, to: number }} time */
export function picture(dashboard, answers, time) {
  const height = TOP + Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => (y + h) * ROW)) + GAP;
  const panels = dashboard.panels.map((panel) => drawn(panel, answers, time)).join("\n");
  const clips = dashboard.panels.map((panel) => element("clipPath", { id: `p${panel.id}` }, element("rect", { ...boxOf(panel) }))).join("");
  const background = element("rect", { width: WIDTH, height, fill: "#f4f5f7" });
  const title = text(dashboard.title, { x: GAP + 4, y: 26, size: 17, weight: 600 });
  const attributes = { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH} ${height}`, "font-family": "system-ui, 'DejaVu Sans', sans-serif" };
  return `${element("svg", attributes, `<defs>${clips}</defs>\n${background}${title}\n${panels}\n`)}\n`;
}

/** @param {import("./panels.mjs").Panel} panel */
function boxOf({ gridPos: { x, y, w, h } }) {
  const column = (WIDTH - GAP) / 24;
  return { x: GAP + x * column, y: TOP + y * ROW, width: w * column - GAP, height: h * ROW - GAP };
}

/** @param {import("./panels.mjs").Panel} panel @param {Answers} answers @param {{ from: number, to: number }} time */
function drawn(panel, answers, time) {
  const frame = boxOf(panel);
  if (panel.type === "row") return text(`▾ ${panel.title}`, { x: frame.x + 4, y: frame.y + 18, size: 13, weight: 600 });
  const card = element("rect", { ...frame, rx: 4, fill: "#ffffff", stroke: "#d8dce2" });
  const title = text(panel.title, { x: frame.x + 10, y: frame.y + 19, size: 12, weight: 600, width: frame.width - 16 });
  const box = { x: frame.x + 8, y: frame.y + 30, width: frame.width - 16, height: frame.height - 36 };
  const targets = (panel.targets ?? []).map((target) => ({ target, answer: answers[`${panel.id} ${target.refId}`] }));
  const named = targets.flatMap(({ target, answer }) =>
    (answer?.series ?? []).map(({ labels, points }) => ({ name: nameOf(target.legendFormat, labels), points })),
  );
  const lastOf = (/** @type {[number, number][]} */ points) => points.at(-1)?.[1] ?? NaN;
  const content = () => {
    switch (panel.type) {
      case "timeseries":
        return chart(box, named, targets.flatMap(({ answer }) => answer?.exemplars ?? []), panel.fieldConfig, time);
      case "stat":
        return stat({ ...box, y: box.y - 6 }, lastOf(named[0]?.points ?? []), panel.fieldConfig);
      case "bargauge":
        return bars(box, named.map(({ name, points }) => ({ name, value: lastOf(points) })), panel.fieldConfig);
      case "table":
        return table(box, panel, targets.map(({ answer }) => answer?.series ?? []));
      case "logs":
        return logs(box, targets.flatMap(({ answer }) => answer?.streams ?? []));
      default:
        return text(`no drawing for ${panel.type}`, { ...box, fill: PALE });
    }
  };
  return element("g", { "clip-path": `url(#p${panel.id})` }, card + title + content());
}

/** The name of a line: `{{label}}` is the value of a label. @param {string} legend @param {Record<string, string>} labels */
function nameOf(legend, labels) {
  const name = legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? "").trim();
  return name || "(none)";
}

const WIDTH = 1200;
const TOP = 40;
const ROW = 32;
const GAP = 8;
