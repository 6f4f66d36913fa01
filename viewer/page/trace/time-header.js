// @ts-check
// Selects the visible time range: an overview of the whole trace and an axis. Dragging
// along one of them selects a range.

/** @import { Range, Trace } from "../types" */

import { fill, h } from "../dom.js";
import { duration } from "../format.js";
import { drawOverview } from "./overview.js";
import { share, ticks, within, zoomed } from "./time-axis.js";

/** @param {(range: Range) => void} changed */
export function timeHeader(changed) {
  /** @type {Trace | null} */
  let trace = null;
  /** @type {Range} */
  let range = { from: 0, to: 1 };
  /** @type {{at: number, label: string}[]} */
  let shown = [];

  const canvas = h("canvas", {});
  const outsideLeft = h("span", { class: "outside" });
  const outsideRight = h("span", { class: "outside" });
  const selection = h("span", { class: "selection", hidden: true });
  const overview = h(
    "div",
    { class: "overview", title: "Drag or Ctrl+wheel to zoom, double-click to see all", "aria-hidden": "true" },
    canvas,
    outsideLeft,
    outsideRight,
    selection,
  );
  const all = h(
    "button",
    { type: "button", class: "zoom-out", hidden: true, title: "See all (0)", onclick: () => set(whole()) },
    "See all",
  );
  const tickPlace = h("div", { class: "ticks" });
  const axis = h(
    "div",
    { class: "axis", role: "columnheader", title: "Drag or Ctrl+wheel to zoom, double-click to see all" },
    tickPlace,
  );
  const resizer = h("span", { class: "resizer", "aria-hidden": "true", title: "Drag to resize" });
  const element = h(
    "div",
    { class: "time-header" },
    h("div", { class: "overview-name" }, all),
    overview,
    h(
      "div",
      { class: "header-row", role: "row", "aria-rowindex": "1" },
      h("div", { class: "axis-name", role: "columnheader" }, "Service and span", resizer),
      axis,
    ),
  );
  selectsRange(overview, () => whole());
  selectsRange(axis, () => range);
  resizer.addEventListener("pointerdown", resize);
  for (const place of [overview, axis]) place.addEventListener("dblclick", () => set(whole()));

  /** @param {Range} next */
  function set(next) {
    if (!trace) return;
    range = within(next, trace.duration);
    changed(range);
  }

  /** @returns {Range} */
  function whole() {
    return { from: 0, to: trace?.duration ?? 1 };
  }

  /**
   * @param {HTMLElement} place
   * @param {() => Range} scale the range that the element's width represents
   */
  function selectsRange(place, scale) {
    place.addEventListener("pointerdown", (down) => {
      if (down.button !== 0) return;
      down.preventDefault();
      const box = place.getBoundingClientRect();
      const { from, to } = scale();
      const moment = (/** @type {PointerEvent} */ event) =>
        from + Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * (to - from);
      const start = moment(down);
      const frame = overview.getBoundingClientRect();
      place.setPointerCapture(down.pointerId);
      const move = (/** @type {PointerEvent} */ event) => {
        const [left, right] = [start, moment(event)].sort((a, b) => a - b).map((at) => share(at, whole()));
        selection.hidden = (right - left) * frame.width < 2;
        selection.style.setProperty("--left", `${left * 100}%`);
        selection.style.setProperty("--width", `${(right - left) * 100}%`);
      };
      const up = (/** @type {PointerEvent} */ event) => {
        place.removeEventListener("pointermove", move);
        selection.hidden = true;
        const [left, right] = [start, moment(event)].sort((a, b) => a - b);
        if (Math.abs(event.clientX - down.clientX) > 4) set({ from: left, to: right });
      };
      place.addEventListener("pointermove", move);
      place.addEventListener("pointerup", up, { once: true });
      place.addEventListener(
        "pointercancel",
        () => {
          place.removeEventListener("pointermove", move);
          selection.hidden = true;
        },
        { once: true },
      );
    });
  }

  /** @param {PointerEvent} down */
  function resize(down) {
    down.preventDefault();
    down.stopPropagation();
    const grid = /** @type {HTMLElement} */ (element.parentElement);
    const left = grid.getBoundingClientRect().left;
    resizer.setPointerCapture(down.pointerId);
    const move = (/** @type {PointerEvent} */ event) => {
      const width = Math.max(140, Math.min(grid.clientWidth - 200, event.clientX - left));
      grid.style.setProperty("--name-width", `${width}px`);
      changed(range);
    };
    resizer.addEventListener("pointermove", move);
    resizer.addEventListener("pointerup", () => resizer.removeEventListener("pointermove", move), { once: true });
  }

  /**
   * The wheel zooms about the pointer with Ctrl and scrolls with Shift.
   * @param {WheelEvent} event
   */
  function wheel(event) {
    const distance = event.deltaY || event.deltaX;
    if (!trace || distance === 0 || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    if (event.shiftKey) {
      const by = (range.to - range.from) * 0.1 * Math.sign(distance);
      set({ from: range.from + by, to: range.to + by });
    } else {
      const box = axis.getBoundingClientRect();
      const about = range.from + ((event.clientX - box.left) / box.width) * (range.to - range.from);
      set(zoomed(range, distance > 0 ? 1.25 : 0.8, about, trace.duration));
    }
  }

  return {
    element,
    axis,
    wheel,
    /**
     * Draws the axis; the width of the time column in px.
     * @param {Trace} next
     * @param {Range} visible
     */
    draw(next, visible) {
      trace = next;
      range = visible;
      const width = axis.clientWidth;
      shown = ticks(range, Math.max(2, Math.floor(width / 110)));
      fill(
        tickPlace,
        ...shown.map(({ at, label }) => {
          const place = share(at, range);
          // The last label would not fit.
          return h(
            "span",
            { style: { "--at": `${place * 100}%` }, class: place * width > width - 44 ? "at-end" : "" },
            label,
          );
        }),
      );
      axis.setAttribute("aria-label", `Time, ${duration(range.from)} to ${duration(range.to)}`);
      const left = share(range.from, whole());
      const right = share(range.to, whole());
      outsideLeft.style.setProperty("--left", "0%");
      outsideLeft.style.setProperty("--width", `${left * 100}%`);
      outsideRight.style.setProperty("--left", `${right * 100}%`);
      outsideRight.style.setProperty("--width", `${(1 - right) * 100}%`);
      all.hidden = left <= 0 && right >= 1;
      drawOverview(canvas, trace);
      return width;
    },
    tickPlaces: () => shown.map(({ at }) => `${share(at, range) * 100}%`),
    zoom: {
      /**
       * @param {number} factor
       * @param {number} [about]
       */
      by(factor, about) {
        if (trace) set(zoomed(range, factor, about ?? (range.from + range.to) / 2, trace.duration));
      },
      /** @param {Range} next */
      to(next) {
        const margin = (next.to - next.from) * 0.05;
        set({ from: next.from - margin, to: next.to + margin });
      },
      all: () => set(whole()),
    },
  };
}
