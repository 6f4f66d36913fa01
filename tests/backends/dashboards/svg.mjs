// @ts-check
// Elements of SVG, and the colours and sizes of all pictures.

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** An element. @param {string} name @param {Record<string, string | number>} attributes @param {string} [content] */
export const element = (name, attributes, content = "") =>
  `<${name}${Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : escaped(value)}"`).join("")}${
    content ? `>${content}</${name}>` : "/>"
  }`;

/**
 * A line of text that ends with … where it is longer than the place.
 * @param {string} content @param {{ x: number, y: number, width?: number, size?: number, fill?: string, anchor?: string, weight?: number }} options
 */
export function text(content, { x, y, width = Infinity, size = 11, fill = INK, anchor = "start", weight = 400 }) {
  const most = Math.floor(width / (size * LETTER));
  const short = content.length > most ? `${content.slice(0, Math.max(1, most - 1))}…` : content;
  const attributes = { x, y, "font-size": size, fill, ...(anchor !== "start" && { "text-anchor": anchor }), ...(weight !== 400 && { "font-weight": weight }) };
  return element("text", attributes, escaped(short));
}

/** The width of a text, more or less: fonts differ. @param {string} content @param {number} [size] */
export const widthOf = (content, size = 11) => content.length * size * LETTER;

/** @param {number} value */
export const round = (value) => `${Math.round(value * 10) / 10}`;

/** The colour of a value by the steps of thresholds. @param {number} value @param {{ steps: { color: string, value: number | null }[] } | undefined} thresholds */
export const colorOf = (value, thresholds) =>
  COLORS[(thresholds?.steps ?? []).filter((step) => step.value === null || value >= step.value).at(-1)?.color ?? "blue"] ?? INK;

const LETTER = 0.56;
export const INK = "#24292f";
export const PALE = "#57606a";
export const GRID = "#e4e7eb";
/** @type {Record<string, string>} */
const COLORS = { green: "#2a8c4a", yellow: "#b7791f", red: "#cf222e", blue: "#1f6feb" };
export const PALETTE = ["#2a8c4a", "#d9a400", "#1f6feb", "#e8590c", "#cf222e", "#8250df", "#0b7285", "#bf4b8a", "#6b7280", "#94a3b8"];
