// @ts-check
// Creates DOM elements. Text stays text: nothing here parses markup, and the
// Content-Security-Policy forbids it.

/**
 * An array instead of a spread where there may be very many: the engine limits the number
 * of arguments.
 * @typedef {Node | string | number | null | undefined | false | Child[]} Child
 */
/** @typedef {Record<string, unknown>} Properties */

/**
 * Creates an element. `on…` properties are event listeners, `style` sets custom
 * properties, the rest are attributes; false and null omit an attribute.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Properties} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  assign(element, properties);
  append(element, children);
  return element;
}

/**
 * Creates an SVG element, by the same rules.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Properties} [properties]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(element, properties);
  append(element, children);
  return element;
}

/**
 * An icon: decoration next to a text, or with `label` an image of its own.
 * @param {keyof typeof ICONS} name
 * @param {string} [label]
 */
export function icon(name, label) {
  const path = svg("path", { d: ICONS[name] });
  const properties = { class: `icon icon-${name}`, viewBox: "0 0 16 16" };
  return label
    ? svg("svg", { ...properties, role: "img", "aria-label": label }, path)
    : svg("svg", { ...properties, "aria-hidden": "true" }, path);
}

/**
 * Replaces an element's children.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/**
 * A button that copies a text and confirms it.
 * @param {string | (() => string)} text
 * @param {string} label
 * @param {string} [shown] text of the button instead of an icon
 */
export function copyButton(text, label, shown) {
  const name = shown ? null : label;
  const button = h(
    "button",
    { class: "copy", type: "button", title: label, "aria-label": name },
    shown ?? icon("copy"),
  );
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      button.classList.add("copied");
    } catch {
      // Without permission the person can still select the text.
      button.classList.add("refused");
    }
    setTimeout(() => button.classList.remove("copied", "refused"), 1200);
  });
  return button;
}

/**
 * @param {Element} element
 * @param {Properties} properties
 */
function assign(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (name === "style" && element instanceof HTMLElement) {
      for (const [property, text] of Object.entries(/** @type {Record<string, string>} */ (value))) {
        element.style.setProperty(property, text);
      }
    } else {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
}

/**
 * @param {Element} element
 * @param {Child[]} children
 */
function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/** Icons are outlines, except the error mark. */
const ICONS = {
  error: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM7.1 4.2v4.900h1.800V4.200H7.100Zm0 6v1.700h1.800v-1.700H7.100Z",
  check: "m3 8.500 3.500 3.500 6.500-7.500",
  copy: "M6 5.500V3.500a1 1 0 0 1 1-1h5.500a1 1 0 0 1 1 1V9a1 1 0 0 1-1 1h-2M3.500 6H9a1 1 0 0 1 1 1v5.500a1 1 0 0 1-1 1H3.500a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1Z",
  close: "m4 4 8 8m0-8-8 8",
  link: "m6.500 9.500 3-3M7.200 4.600l1.400-1.400a2.900 2.900 0 0 1 4.200 4.200l-1.400 1.400M8.800 11.400l-1.400 1.400a2.900 2.900 0 0 1-4.200-4.200l1.400-1.400",
  clock: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Zm0 2.800V8l2.200 1.400",
  pause: "M5.500 3.500v9M10.500 3.500v9",
  chevron: "m6 4 4 4-4 4",
  back: "m10 4-4 4 4 4",
  search: "M7 2.500a4.500 4.500 0 1 1 0 9 4.500 4.500 0 0 1 0-9Zm3.300 7.800 3.200 3.200",
};
