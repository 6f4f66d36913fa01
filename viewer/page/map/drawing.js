// @ts-check
// Draws the service map: boxes of HTML, and lines of SVG between them.

/** @import { ServiceCall, ServiceNode } from "../overviews" */

import { fill, h, icon, svg } from "../dom.js";
import { counted, duration, grouped, percent } from "../format.js";
import { short } from "../long-text.js";
import { serviceClass, serviceDot } from "../services.js";
import { layersOf, nodeKey, placeKey } from "./layout.js";

/** @param {(service: string) => string} addressOf the address of a service's traces */
export function mapDrawing(addressOf) {
  const lines = svg("svg", { "aria-hidden": "true" });
  const boxes = h("div", { class: "map-boxes", role: "group", "aria-label": "Services, and what they call" });
  const inner = h("div", { class: "map-inner" }, boxes);
  inner.prepend(lines);
  const element = h("div", { class: "service-map", tabindex: "-1" }, inner);
  for (const [name, isOn] of /** @type {const} */ ([["focusin", true], ["pointerover", true], ["focusout", false], ["pointerout", false]]))
    boxes.addEventListener(name, (event) => {
      const box = event.target instanceof Element ? event.target.closest("[data-node]") : null;
      highlight(isOn ? (box?.getAttribute("data-node") ?? null) : null);
    });

  /** @param {string | null} key of the node whose calls stand out */
  function highlight(key) {
    inner.classList.toggle("with-highlight", key !== null);
    for (const part of inner.querySelectorAll("[data-ends]"))
      part.classList.toggle("highlighted", key !== null && JSON.parse(part.getAttribute("data-ends") ?? "[]").includes(key));
  }

  /**
   * @param {ServiceNode[]} nodes
   * @param {ServiceCall[]} calls
   */
  function show(nodes, calls) {
    const hadFocus = document.activeElement?.closest("[data-node]")?.getAttribute("data-node");
    // On a phone the layers are below each other.
    const isUpright = element.clientWidth < NARROW;
    const layers = layersOf(nodes, calls);
    const room = isUpright ? UPRIGHT : FLAT;
    const boxKeys = new Set(nodes.map(nodeKey));
    const roomOf = (/** @type {string} */ key) => (boxKeys.has(key) ? room.node : room.line);
    const widths = layers.map((layer) => layer.reduce((sum, key) => sum + roomOf(key), 0));
    const widest = Math.max(...widths);
    /** @type {Places} the middles of the boxes, and of the lines beside them */
    const places = new Map();
    layers.forEach((layer, index) => {
      let from = (widest - (widths[index] ?? 0)) / 2;
      for (const key of layer) {
        const [a, b] = [(index + 0.5) * room.layer, from + roomOf(key) / 2];
        places.set(key, isUpright ? { x: b, y: a } : { x: a, y: b });
        from += roomOf(key);
      }
    });
    const layout = { places, layers: layers.length, isUpright };
    const [width, height] = isUpright ? [widest, layers.length * room.layer] : [layers.length * room.layer, widest];
    inner.style.setProperty("--width", `${width}px`);
    inner.style.setProperty("--height", `${height}px`);
    lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    fill(lines, calls.map((call) => line(call, layout)));
    fill(boxes, nodes.map((node) => box(node, places)), calls.map((call) => label(call, layout)));
    const again = [...boxes.querySelectorAll("a[data-node]")].find((box) => box.getAttribute("data-node") === hadFocus);
    if (hadFocus && again instanceof HTMLElement) again.focus({ preventScroll: true });
  }

  /**
   * @param {ServiceNode} node
   * @param {Places} places
   */
  function box(node, places) {
    const { name, kind, spans, errors } = node;
    const { x, y } = places.get(nodeKey(node)) ?? { x: 0, y: 0 };
    const title = `${name}: ${KINDS[kind] ?? kind}, ${counted(spans, "span")}, ${counted(errors, "error")}`;
    const properties = { class: `map-node of-${kind} ${kind === "service" ? serviceClass(name) : ""}`, "data-node": nodeKey(node), title, style: { "--x": `${x}px`, "--y": `${y}px` } };
    const content = [
      h("span", { class: "map-name" }, kind === "service" && serviceDot(name), h("span", {}, short(name, 60))),
      h("span", { class: "note" }, kind === "service" ? counted(spans, "span") : KINDS[kind], errors > 0 && h("span", { class: "error-count" }, icon("error", "errors"), percent(errors / spans))),
    ];
    return kind === "service" ? h("a", { ...properties, href: addressOf(name) }, content) : h("span", properties, content);
  }

  return { element, show };
}

/**
 * The points of a call, from box to box: its own place in each layer that it skips is between them.
 * @param {ServiceCall} call
 * @param {Layout} layout
 */
function pointsOf(call, { places, layers, isUpright }) {
  const [from, to] = [places.get(nodeKey(call.from)), places.get(nodeKey(call.to))];
  if (!from || !to) return null;
  const passed = [];
  for (let layer = 0; layer < layers; layer++) {
    const place = places.get(placeKey(call, layer));
    if (place) passed.push(place);
  }
  const isBack = isUpright ? from.y > to.y : from.x > to.x;
  // A call back, in a cycle, goes against the layers.
  if (isBack) passed.reverse();
  const points = [from, ...passed, to];
  if (!isBack || passed.length > 0) return points;
  const [x, y] = isUpright ? [BACK, 0] : [0, BACK];
  return points.map((point) => ({ x: point.x + x, y: point.y + y }));
}

/**
 * A line that is straight beside boxes, and bends between the layers.
 * @param {ServiceCall} call
 * @param {Layout} layout
 */
function line(call, layout) {
  const points = pointsOf(call, layout);
  if (!points) return null;
  const { isUpright } = layout;
  const [first] = points;
  let path = `M${first.x} ${first.y}`;
  for (const [index, to] of points.entries()) {
    const from = points[index - 1];
    if (!from) continue;
    const sign = Math.sign(isUpright ? to.y - from.y : to.x - from.x);
    const [x, y] = isUpright ? [0, sign * UPRIGHT.half] : [sign * FLAT.half, 0];
    const [start, end] = [{ x: from.x + x, y: from.y + y }, { x: to.x - x, y: to.y - y }];
    const bend = isUpright ? [0, (end.y - start.y) / 2] : [(end.x - start.x) / 2, 0];
    path += `L${start.x} ${start.y}C${start.x + bend[0]} ${start.y + bend[1]} ${end.x - bend[0]} ${end.y - bend[1]} ${end.x} ${end.y}L${to.x} ${to.y}`;
  }
  return svg("path", {
    d: path,
    class: `map-line ${call.errors > 0 ? "failed" : ""}`,
    "data-ends": JSON.stringify([nodeKey(call.from), nodeKey(call.to)]),
    "stroke-width": 1.5 + Math.min(4, Math.log10(call.count)),
  });
}

/**
 * @param {ServiceCall} call
 * @param {Layout} layout
 */
function label(call, layout) {
  const points = pointsOf(call, layout);
  if (!points) return null;
  const [across, along] = layout.isUpright ? [BEHIND.across, BEHIND.along] : [0.5, 0.5];
  const [from, to] = [points[0], points[points.length - 1]];
  // Beside boxes, where the line has room of its own, or else between two layers.
  const { x, y } = points.length > 2 ? points[Math.floor(points.length / 2)] : { x: from.x + (to.x - from.x) * across, y: from.y + (to.y - from.y) * along };
  const isAlong = layout.isUpright && points.length > 2;
  return h(
    "span",
    {
      class: `map-label ${isAlong ? "along" : ""} ${call.errors > 0 ? "failed" : ""}`,
      // The table has them for screen readers.
      "aria-hidden": "true",
      "data-ends": JSON.stringify([nodeKey(call.from), nodeKey(call.to)]),
      style: { "--x": `${x}px`, "--y": `${y}px` },
    },
    `${grouped(call.count)} × ${duration(call.p95_ms * 1e6)}`,
  );
}

/** @typedef {Map<string, {x: number, y: number}>} Places the middles of boxes, and of lines beside them, by their keys */
/** @typedef {{places: Places, layers: number, isUpright: boolean}} Layout */

/** @type {Record<string, string>} */
const KINDS = { service: "service", database: "database", messaging: "queue", host: "other host" };
/** px: the room of a layer, of a node in it, and of a line that passes it; half the length of a box. */
const FLAT = { layer: 256, node: 74, line: 26, half: 73 };
const UPRIGHT = { layer: 120, node: 150, line: 26, half: 26 };
const NARROW = 700;
/** The place of a label behind the middle of a line: there lines from one box are further apart. */
const BEHIND = { along: 0.62, across: 0.72 };
/** px: a call back is so far beside the call between the same two that it answers. */
const BACK = 18;
