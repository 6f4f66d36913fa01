// @ts-check
// The waterfall of a trace. Only the visible rows are in the document, so that a trace of
// thousands of spans scrolls like one of ten.

/** @import { Node, Range, Row, Trace } from "../types" */
/** @import { DrawState } from "./row.js" */

import { fill, h } from "../dom.js";
import { timeCursor } from "./cursor.js";
import { waterfallRow } from "./row.js";
import { timeHeader } from "./time-header.js";
import { pathTo, rowId, rowsOf, walk } from "./tree.js";

/**
 * @param {object} listeners
 * @param {(node: Node | null) => void} listeners.selected
 * @param {(row: Row) => void} listeners.followed the person opened the other end of a link
 */
export function waterfall({ selected, followed }) {
  /** @type {Trace} */
  let trace;
  /** @type {Row[]} */
  let rows = [];
  /** @type {Range} */
  let range = { from: 0, to: 1 };
  let active = -1;
  /** @type {string | null} */
  let selectedId = null;
  /** @type {Set<string>} */
  const collapsed = new Set();
  /**
   * Joined siblings that were shown before: they are closed at first.
   * @type {Set<string>}
   */
  const joined = new Set();
  /** @type {Set<string>} */
  let found = new Set();
  /** @type {Set<string>} */
  let fresh = new Set();
  /** @type {string | null} */
  let service = null;
  let rowHeight = 28;
  /**
   * The rows in the document, by their index.
   * @type {Map<number, HTMLElement>}
   */
  const drawn = new Map();
  let drawing = 0;
  /**
   * How the rows are drawn; null when that changed since the last drawing.
   * @type {DrawState | null}
   */
  let state = null;

  const header = timeHeader((next) => {
    range = next;
    redraw();
  });
  const lines = h("div", { class: "grid-lines", "aria-hidden": "true" });
  const overlay = h("div", { class: "grid-lines", "aria-hidden": "true" });
  const rowGroup = h("div", { class: "rows", role: "rowgroup" });
  const scroller = h(
    "div",
    {
      class: "waterfall",
      role: "treegrid",
      tabindex: "0",
      "aria-label": "Spans",
      "aria-colcount": "2",
    },
    header.element,
    h("div", { class: "canvas" }, lines, rowGroup, overlay),
  );
  overlay.append(timeCursor(scroller, header.axis, () => range));
  scroller.addEventListener("wheel", header.wheel, { passive: false });
  scroller.addEventListener("scroll", scrolled, { passive: true });
  scroller.addEventListener("focus", () => {
    if (active < 0 && scroller.matches(":focus-visible")) activate(0);
  });
  rowGroup.addEventListener("click", (event) => {
    // Rows may be redrawn while the button is down: the position counts, not the element.
    const index = Math.floor((event.clientY - rowGroup.getBoundingClientRect().top) / rowHeight);
    const row = rows[index];
    if (!row) return;
    if (document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-collapses]")) {
      setCollapsed(row.node, !collapsed.has(row.node.id));
      return;
    }
    active = index;
    open(row);
  });
  new ResizeObserver(() => {
    rowHeight = parseFloat(getComputedStyle(scroller).getPropertyValue("--row")) || 28;
    redraw();
  }).observe(scroller);

  /** Redraws all rows. */
  function redraw() {
    state = null;
    scrolled();
  }

  /** Draws the rows that became visible; the others keep their elements. */
  function scrolled() {
    if (drawing) return;
    drawing = requestAnimationFrame(() => {
      drawing = 0;
      draw();
    });
  }

  function draw() {
    if (!trace) return;
    if (!state) {
      state = stateAt(header.draw(trace, range));
      rowGroup.style.setProperty("--rows", String(rows.length));
      fill(lines, ...header.tickPlaces().map((at) => h("span", { style: { "--at": at } })));
      scroller.setAttribute("aria-rowcount", String(rows.length + 1));
      if (state.active) scroller.setAttribute("aria-activedescendant", state.active);
      else scroller.removeAttribute("aria-activedescendant");
      rowGroup.replaceChildren();
      drawn.clear();
    }
    drawRows(state);
  }

  /** @param {DrawState} state */
  function drawRows(state) {
    const first = Math.max(0, Math.floor(scroller.scrollTop / rowHeight) - MARGIN);
    const last = Math.min(rows.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / rowHeight) + MARGIN);
    for (const [index, element] of drawn) {
      if (index >= first && index < last) continue;
      element.remove();
      drawn.delete(index);
    }
    // From the end, because each is inserted before its successor: screen readers need the
    // document order.
    for (let index = last - 1; index >= first; index--) {
      if (drawn.has(index)) continue;
      const element = waterfallRow(rows[index], index, state);
      rowGroup.insertBefore(element, drawn.get(index + 1) ?? null);
      drawn.set(index, element);
    }
  }

  /**
   * @param {number} width px
   * @returns {DrawState}
   */
  function stateAt(width) {
    const node = selectedId ? trace.byId.get(selectedId) : null;
    const path = node ? pathTo(node) : [];
    return {
      trace,
      range,
      width,
      collapsed,
      found,
      service,
      fresh,
      path: new Set(path.map(({ id }) => id)),
      pathIndexes: new Map(path.slice(1).map((step) => [step.parent?.id ?? "", step.index])),
      selected: selectedId,
      active: rows[active] ? rowId(rows[active]) : null,
    };
  }

  /** @param {number} index */
  function activate(index) {
    if (rows.length === 0) return;
    active = Math.max(0, Math.min(rows.length - 1, index));
    reveal(active);
    redraw();
  }

  /** @param {number} index */
  function reveal(index) {
    const top = index * rowHeight;
    const room = scroller.clientHeight - header.element.offsetHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + rowHeight > scroller.scrollTop + room) scroller.scrollTop = top + rowHeight - room;
  }

  /** @param {Row} row */
  function open(row) {
    if (row.linked) followed(row);
    else if (row.node.siblings) setCollapsed(row.node, !collapsed.has(row.node.id));
    else select(row.node);
  }

  /** @param {Node} next */
  function closeNewSiblings(next) {
    if (!next.siblings || joined.has(next.id)) return;
    joined.add(next.id);
    // The row that the person looks at stays visible.
    const ids = [selectedId, rows[active]?.node.id];
    if (!next.children.some(({ id }) => ids.includes(id))) collapsed.add(next.id);
  }

  /** @param {Node | null} node */
  function select(node) {
    selectedId = node?.id ?? null;
    if (node) {
      for (const above of pathTo(node).slice(0, -1)) collapsed.delete(above.id);
      list();
      activate(rows.findIndex((row) => row.node === node && !row.linked));
    }
    selected(node);
    redraw();
  }

  /**
   * @param {Node} node
   * @param {boolean} isCollapsed
   */
  function setCollapsed(node, isCollapsed) {
    if (isCollapsed) collapsed.add(node.id);
    else collapsed.delete(node.id);
    list();
    redraw();
  }

  /** Rebuilds the list of rows; the active row stays the same span. */
  function list() {
    const at = rows[active];
    rows = rowsOf(trace.roots, collapsed);
    if (!at) return;
    const visible = pathTo(at.node).find(({ id }) => collapsed.has(id)) ?? at.node;
    active = rows.findIndex(
      (row) => row.node.id === visible.id && (visible !== at.node || row.linked?.span_id === at.linked?.span_id),
    );
  }

  return {
    element: scroller,
    select,
    redraw,
    setCollapsed,
    get rows() {
      return rows;
    },
    /** The active row of the keyboard. */
    get active() {
      return /** @type {Row | undefined} */ (rows[active]);
    },
    /** @param {number} step */
    step(step) {
      activate(active + step);
      // While a span is selected, the selection follows the keyboard.
      if (selectedId && rows[active] && !rows[active].linked && !rows[active].node.siblings) select(rows[active].node);
    },
    /** @param {Row | undefined} row */
    open(row) {
      if (row) open(row);
    },
    pageLength: () => Math.max(1, Math.floor(scroller.clientHeight / rowHeight) - 3),
    /**
     * @param {Trace} next
     * @param {Set<string>} arrived ids of spans that were not there before
     */
    show(next, arrived) {
      const whole = !trace || (range.from <= 0 && range.to >= trace.duration);
      // The visible range stays the same, although the trace may begin earlier now.
      const moved = trace ? Number(trace.start - next.start) : 0;
      range = whole ? { from: 0, to: next.duration } : { from: range.from + moved, to: range.to + moved };
      const top = rows[Math.floor(scroller.scrollTop / rowHeight)];
      const offset = scroller.scrollTop % rowHeight;
      const before = rows[active];
      trace = next;
      fresh = arrived;
      for (const node of walk(trace.roots)) closeNewSiblings(node);
      rows = rowsOf(trace.roots, collapsed);
      const find = (/** @type {Row | undefined} */ row) =>
        row ? rows.findIndex((other) => rowId(other) === rowId(row)) : -1;
      active = find(before);
      const anchor = find(top);
      if (anchor > 0) scroller.scrollTop = anchor * rowHeight + offset;
      redraw();
    },
    /** @param {Set<string>} ids */
    markFound(ids) {
      found = ids;
      redraw();
    },
    /** @param {string | null} name */
    highlight(name) {
      service = name;
      redraw();
    },
    /** @param {boolean} isCollapsed */
    setAllCollapsed(isCollapsed) {
      if (!trace) return;
      collapsed.clear();
      if (isCollapsed)
        for (const node of walk(trace.roots)) if (node.children.length > 0 && node.depth > 0) collapsed.add(node.id);
      list();
      redraw();
    },
    zoom: header.zoom,
  };
}

/** Rows kept in the document above and below the visible ones. */
const MARGIN = 12;
