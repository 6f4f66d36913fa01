// @ts-check
// Draws the service map: boxes of HTML, and lines of SVG between them.

/** @import { ServiceCall, ServiceNode } from "../overviews" */

import { fill, h, icon, svg } from "../dom.js";
import { counted, duration, grouped, percent } from "../format.js";
import { short } from "../long-text.js";
import { serviceClass, serviceDot } from "../services.js";
import { layersOf, nodeKey } from "./layout.js";

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
    const [along, across] = isUpright ? [UPRIGHT.layer, UPRIGHT.node] : [FLAT.layer, FLAT.node];
    const widest = Math.max(...layers.map((layer) => layer.length)) * across;
    /** @type {Map<string, {x: number, y: number}>} the middles of the boxes */
    const places = new Map();
    layers.forEach((layer, index) =>
      layer.forEach((key, nth) => {
        const [a, b] = [(index + 0.5) * along, widest / 2 + (nth - (layer.length - 1) / 2) * across];
        places.set(key, isUpright ? { x: b, y: a } : { x: a, y: b });
      }),
    );
    const [width, height] = isUpright ? [widest, layers.length * along] : [layers.length * along, widest];
    inner.style.setProperty("--width", `${width}px`);
    inner.style.setProperty("--height", `${height}px`);
    lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    fill(lines, calls.map((call) => line(call, places, isUpright)));
    fill(boxes, nodes.map((node) => box(node, places)), calls.map((call) => label(call, places, isUpright)));
    const again = [...boxes.querySelectorAll("a[data-node]")].find((box) => box.getAttribute("data-node") === hadFocus);
    if (hadFocus && again instanceof HTMLElement) again.focus({ preventScroll: true });
  }

  /**
   * @param {ServiceNode} node
   * @param {Map<string, {x: number, y: number}>} places
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
 * @param {ServiceCall} call
 * @param {Map<string, {x: number, y: number}>} places
 * @param {boolean} isUpright
 */
function line(call, places, isUpright) {
  const [from, to] = [places.get(nodeKey(call.from)), places.get(nodeKey(call.to))];
  if (!from || !to) return null;
  const bend = isUpright ? [0, (to.y - from.y) / 2] : [(to.x - from.x) / 2, 0];
  const path = `M${from.x} ${from.y}C${from.x + bend[0]} ${from.y + bend[1]} ${to.x - bend[0]} ${to.y - bend[1]} ${to.x} ${to.y}`;
  return svg("path", {
    d: path,
    class: `map-line ${call.errors > 0 ? "failed" : ""}`,
    "data-ends": JSON.stringify([nodeKey(call.from), nodeKey(call.to)]),
    "stroke-width": 1.5 + Math.min(4, Math.log10(call.count)),
  });
}

/**
 * @param {ServiceCall} call
 * @param {Map<string, {x: number, y: number}>} places
 * @param {boolean} isUpright
 */
function label(call, places, isUpright) {
  const [x, y] = isUpright ? [BEHIND.across, BEHIND.along] : [0.5, 0.5];
  const [from, to] = [places.get(nodeKey(call.from)), places.get(nodeKey(call.to))];
  if (!from || !to) return null;
  return h(
    "span",
    {
      class: `map-label ${call.errors > 0 ? "failed" : ""}`,
      // The table has them for screen readers.
      "aria-hidden": "true",
      "data-ends": JSON.stringify([nodeKey(call.from), nodeKey(call.to)]),
      style: { "--x": `${from.x + (to.x - from.x) * x}px`, "--y": `${from.y + (to.y - from.y) * y}px` },
    },
    `${grouped(call.count)} × ${duration(call.p95_ms * 1e6)}`,
  );
}

/** @type {Record<string, string>} */
const KINDS = { service: "service", database: "database", messaging: "queue", host: "other host" };
/** px: the room of a layer, and of a node in it. */
const FLAT = { layer: 256, node: 74 };
const UPRIGHT = { layer: 120, node: 150 };
const NARROW = 700;
/** The place of a label behind the middle of a line: there lines from one box are further apart. */
const BEHIND = { along: 0.62, across: 0.72 };
