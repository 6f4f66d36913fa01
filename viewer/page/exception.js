// @ts-check
// Shows an exception and its stack frames.

/** @import { Exception, Frame, Stack } from "./types" */

import { BREADCRUMBS } from "./breadcrumbs.js";
import { copyButton, h } from "./dom.js";
import { longText, short } from "./long-text.js";

/**
 * An exception's type and message, its frames, innermost first, and its causes.
 * @param {Exception} exception
 */
export function exceptionBlock(exception) {
  const { type, message, handled, mechanism, count } = exception;
  const how = [
    handled !== null && (handled ? "handled" : "not handled"),
    mechanism,
    count > 1 && `${count} times`,
  ].filter(Boolean);
  return h(
    "div",
    { class: "exception" },
    h(
      "p",
      { class: "exception-title" },
      h("strong", {}, short(type) || "Exception"),
      message && h("span", { class: "exception-message" }, longText(message)),
      how.length > 0 && h("span", { class: "note" }, how.join(", ")),
    ),
    stackParts(exception),
    causeList(exception),
  );
}

/**
 * An exception's frames and causes, without its type and message.
 * @param {Exception} exception
 */
export function stackBlock(exception) {
  const parts = [...stackParts(exception), causeList(exception)].filter(Boolean);
  return parts.length > 0 && h("div", { class: "exception" }, parts);
}

/**
 * The chain of causes, or the members of a group, each followed by what is behind it; outermost first.
 * @param {Exception} exception
 */
function causeList({ causes }) {
  if (causes.length === 0) return null;
  return h(
    "ol",
    { class: "causes", "aria-label": causes[0]?.path == null ? "Causes, outermost first" : "Exceptions behind it, outermost first" },
    causes.map((cause) =>
      h(
        "li",
        {},
        h(
          "p",
          { class: "exception-title" },
          h("span", { class: "note" }, cause.path === null ? "caused by" : short(cause.path)),
          h("strong", {}, short(cause.type) || "Exception"),
          cause.message && h("span", { class: "exception-message" }, longText(cause.message)),
        ),
        stackParts(cause),
      ),
    ),
  );
}

/** @param {Stack} stack */
function stackParts({ frames, own_frame, stacktrace }) {
  return [
    frames.length > 0 &&
      h(
        "ol",
        { class: "frames", "aria-label": "Stack, innermost frame first" },
        frames.map((frame, index) => frameLine(frame, index === own_frame)),
      ),
    stacktrace &&
      h(
        "div",
        { class: "printed" },
        h(
          "details",
          { open: frames.length === 0 },
          h("summary", {}, "Stack as it was printed"),
          h("pre", {}, h("code", {}, longText(stacktrace))),
        ),
        copyButton(stacktrace, "Copy the stack"),
      ),
  ].filter((part) => part instanceof Element);
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
    { class: own ? "own" : frame.library ? "library" : "" },
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
    frame.context && sourceLines(frame.context, frame.line, own),
  );
}

/**
 * The lines around a frame, open where it is the application's innermost.
 * @param {NonNullable<Frame["context"]>} context
 * @param {number | null} line
 * @param {boolean} isOpen
 */
function sourceLines({ before, line: own, after }, line, isOpen) {
  const first = line === null ? null : line - before.length;
  const numbered = (/** @type {string} */ text, /** @type {number} */ index) =>
    h(
      "span",
      { class: index === before.length ? "source-line thrown" : "source-line" },
      first !== null && h("span", { class: "source-number" }, first + index),
      h("span", { class: "source-text" }, text),
      "\n",
    );
  return h(
    "details",
    { class: "source", open: isOpen },
    h("summary", {}, "Source"),
    h("pre", { tabindex: "0", role: "region", "aria-label": "Source" }, h("code", {}, [...before, own, ...after].map(numbered))),
  );
}

/** @param {string} file */
function shortFile(file) {
  return file.slice(file.lastIndexOf("/", file.length - 2) + 1);
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
  BREADCRUMBS,
];
