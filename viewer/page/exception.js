// @ts-check
// Shows an exception and its stack frames.

/** @import { Attributes, Frame, Json } from "./types" */

import { copyButton, h } from "./dom.js";
import { valueText } from "./format.js";
import { longText, short } from "./long-text.js";

/**
 * An exception's type and message, and its frames, innermost first.
 * @param {Attributes} attributes
 */
export function exceptionBlock(attributes) {
  const text = (/** @type {string} */ key) => (key in attributes ? valueText(attributes[key]) : "");
  const handled = attributes["throughline.exception.handled"];
  const count = text("throughline.exception.count");
  const how = [
    typeof handled === "boolean" && (handled ? "handled" : "not handled"),
    text("throughline.exception.mechanism"),
    count && `${count} times`,
  ].filter(Boolean);
  return h(
    "div",
    { class: "exception" },
    h(
      "p",
      { class: "exception-title" },
      h("strong", {}, short(text("exception.type")) || "Exception"),
      text("exception.message") && h("span", { class: "exception-message" }, longText(text("exception.message"))),
      how.length > 0 && h("span", { class: "note" }, how.join(", ")),
    ),
    stackParts(attributes),
    causes(attributes["throughline.exception.causes"]),
  );
}

/**
 * The chain of causes, outermost first.
 * @param {Json | undefined} value list of maps with `type`, `message`, `stacktrace`
 */
function causes(value) {
  if (!Array.isArray(value) || value.length === 0) return null;
  return h(
    "ol",
    { class: "causes", "aria-label": "Causes, outermost first" },
    value.map((cause) => {
      const { type, message, stacktrace } = /** @type {Record<string, Json>} */ (cause ?? {});
      const text = (/** @type {Json | undefined} */ part) => (part === undefined ? "" : valueText(part));
      return h(
        "li",
        {},
        h(
          "p",
          { class: "exception-title" },
          h("span", { class: "note" }, "caused by"),
          h("strong", {}, short(text(type)) || "Exception"),
          text(message) && h("span", { class: "exception-message" }, longText(text(message))),
        ),
        stackParts({ "exception.stacktrace": stacktrace ?? "" }),
      );
    }),
  );
}

/**
 * An exception's frames, without its type and message.
 * @param {Attributes} attributes
 */
export function stackBlock(attributes) {
  const parts = [...stackParts(attributes), causes(attributes["throughline.exception.causes"])].filter(Boolean);
  return parts.length > 0 && h("div", { class: "exception" }, parts);
}

/** @param {Attributes} attributes */
function stackParts(attributes) {
  const printed = attributes["exception.stacktrace"];
  const stack = printed === undefined ? "" : valueText(printed);
  const frames = parsedFrames(attributes["throughline.exception.frames"]) ?? rawFrames(stack);
  const own = frames.find((frame) => !isLibrary(frame)) ?? frames[0];
  return [
    frames.length > 0 &&
      h(
        "ol",
        { class: "frames", "aria-label": "Stack, innermost frame first" },
        frames.map((frame) => frameLine(frame, frame === own)),
      ),
    stack &&
      h(
        "div",
        { class: "printed" },
        h(
          "details",
          { open: frames.length === 0 },
          h("summary", {}, "Stack as it was printed"),
          h("pre", {}, h("code", {}, longText(stack))),
        ),
        copyButton(stack, "Copy the stack"),
      ),
  ].filter((part) => part instanceof Element);
}

/** The attributes that are part of an exception. */
export const EXCEPTION_KEYS = [
  "exception.type",
  "exception.message",
  "exception.stacktrace",
  "throughline.exception.frames",
  "throughline.exception.mechanism",
  "throughline.exception.handled",
  "throughline.exception.count",
  "throughline.exception.causes",
];

/** @param {Frame} frame */
function isLibrary({ function: name, file }) {
  return LIBRARIES.some((mark) => `${name} (${file})`.includes(mark));
}

/**
 * @param {Frame} frame
 * @param {boolean} own whether it is the innermost frame of the application
 */
function frameLine(frame, own) {
  const place = [frame.file, frame.line, frame.column].filter((part) => part !== null && part !== "").join(":");
  const name = shortFile(frame.file);
  return h(
    "li",
    { class: own ? "own" : isLibrary(frame) ? "library" : "" },
    h("span", { class: "frame-function" }, short(frame.function) || "?"),
    place &&
      h(
        "span",
        { class: "frame-place", title: place },
        h("span", { class: "frame-folder" }, frame.file.slice(0, frame.file.length - name.length)),
        name,
        frame.line !== null && `:${frame.line}`,
        frame.column !== null && `:${frame.column}`,
      ),
  );
}

/**
 * Frames that the edge parsed, innermost last.
 * @param {Json | undefined} value
 * @returns {Frame[] | null}
 */
function parsedFrames(value) {
  if (!Array.isArray(value) || value.length === 0) return null;
  return value
    .map((frame) => {
      const { function: name, filename, lineno, colno } = /** @type {Record<string, Json>} */ (frame ?? {});
      return {
        function: typeof name === "string" ? name : "?",
        file: typeof filename === "string" ? filename : "",
        line: typeof lineno === "number" ? lineno : null,
        column: typeof colno === "number" ? colno : null,
      };
    })
    .reverse();
}

/**
 * Parses the frames of a stack in the format of Python, JavaScript engines, the JVM or Go.
 * @param {string} stack
 * @returns {Frame[]}
 */
export function rawFrames(stack) {
  const python = [...stack.matchAll(/^\s*File "([^"\n]+)", line (\d+), in (.+)$/gm)]
    .map(([, file, line, name]) => frame(name, file, line))
    .reverse();
  if (python.length > 0) return python;
  const lines = stack.split("\n", MAX_LINES).map((line) => line.slice(0, MAX_LINE).trim());
  const frames = [];
  for (const [index, line] of lines.entries()) {
    const chromium = line.match(
      /^at (?:(?:async )?(.+?) ?\()?((?:[a-z-]+:\/\/|\/|[\w.$-]+\.)[^()]*?):(\d+)(?::(\d+))?\)?$/,
    );
    const firefox = line.match(/^([^@\s]*)@(.+?):(\d+):(\d+)$/);
    const go = line.match(/^(\/\S+\.go):(\d+)/);
    if (chromium) frames.push(frame(chromium[1] ?? "", chromium[2], chromium[3], chromium[4]));
    else if (firefox) frames.push(frame(firefox[1], firefox[2], firefox[3], firefox[4]));
    else if (go) frames.push(frame((lines[index - 1] ?? "").replace(/\(.*$/, ""), go[1], go[2]));
    if (frames.length === MAX_FRAMES) break;
  }
  return frames;
}

/**
 * @param {string} name
 * @param {string} file
 * @param {string} line
 * @param {string} [column]
 * @returns {Frame}
 */
function frame(name, file, line, column) {
  return { function: name, file, line: Number(line), column: column ? Number(column) : null };
}

/** @param {string} file */
function shortFile(file) {
  return file.slice(file.lastIndexOf("/", file.length - 2) + 1);
}

/** Frames that are not of the application; src/decode/exception.rs has the same list. */
const LIBRARIES = [
  "node_modules",
  "site-packages",
  "dist-packages",
  "/lib/python",
  "/usr/lib",
  "/usr/local/go/src/",
  "/go/pkg/",
  "/react-dom",
  "<frozen",
  "node:internal",
  "[native",
  "java.base/",
  "(<anonymous>",
  "extension://",
];
const MAX_FRAMES = 100;
/** A stack is untrusted text, so matching is bounded in time. */
const MAX_LINES = 2_000;
const MAX_LINE = 2_000;
