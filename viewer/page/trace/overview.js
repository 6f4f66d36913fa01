// @ts-check
// Draws the overview of the whole trace.

/** @import { Trace } from "../types" */

import { serviceClass } from "../services.js";
import { walk } from "./tree.js";

/**
 * Draws every span as a thin line, once per trace and size.
 * @param {HTMLCanvasElement} canvas
 * @param {Trace} trace
 */
export function drawOverview(canvas, trace) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  const scheme = matchMedia("(prefers-color-scheme: dark)").matches;
  const last = drawn.get(canvas);
  if (!width || (last && last.trace === trace && last.width === width && last.scheme === scheme)) return;
  drawn.set(canvas, { trace, width, scheme });
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(scale, scale);
  const nodes = [...walk(trace.roots)].filter(({ siblings }) => !siblings);
  const step = Math.min(4, (height - 4) / nodes.length);
  const { colours, error } = readColours(canvas, trace);
  nodes.forEach((node, index) => {
    const left = (node.start / trace.duration) * width;
    const length = Math.max(1, ((node.end - node.start) / trace.duration) * width);
    context.fillStyle = node.error ? error : (colours.get(node.service) ?? error);
    context.fillRect(left, 2 + index * step, length, Math.max(0.6, step - 1));
  });
}

/**
 * The colours of the style sheet.
 * @param {HTMLCanvasElement} canvas
 * @param {Trace} trace
 */
function readColours(canvas, trace) {
  const probe = document.createElement("span");
  canvas.parentElement?.append(probe);
  const colours = new Map(
    trace.services.map(({ name }) => {
      probe.className = serviceClass(name);
      probe.style.color = "var(--service)";
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.style.color = "var(--error)";
  const error = getComputedStyle(probe).color;
  probe.remove();
  return { colours, error };
}

/** @type {WeakMap<HTMLCanvasElement, {trace: Trace, width: number, scheme: boolean}>} */
const drawn = new WeakMap();
