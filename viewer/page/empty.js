// @ts-check
// Messages for empty views, with what to do next.

import { copyButton, h } from "./dom.js";

/** Advice for an empty store. */
export function gettingStarted() {
  return h(
    "section",
    { class: "empty" },
    h("h2", {}, "No traces yet"),
    h("p", {}, "They appear here while they come in. ", h("a", { href: "/add" }, "Add a page"), " or a service step by step, or point an OpenTelemetry SDK of any language at this address:"),
    code(`export OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`),
  );
}

/** @param {() => void} clear */
export function nothingFound(clear) {
  return h(
    "section",
    { class: "empty" },
    h("h2", {}, "No trace matches"),
    h(
      "p",
      {},
      "A word is part of a name, of an exception or of a log message, or the beginning of an id; ",
      h("code", {}, "http.route=/api/orders"),
      " or ",
      h("code", {}, "db.query.text=*orders*"),
      " finds attributes, ",
      h("code", {}, "http.response.status_code>=500"),
      " compares numbers.",
    ),
    h("p", {}, h("button", { type: "button", onclick: clear }, "Show all traces")),
  );
}

/** @param {Error} failure */
export function failureNotice(failure) {
  return h("section", { class: "empty", role: "alert" }, h("h2", {}, "No response"), h("p", {}, failure.message));
}

/**
 * Why a search cannot be read.
 * @param {Error} failure
 */
export function unreadableSearch(failure) {
  return h(
    "section",
    { class: "empty", role: "alert" },
    h("h2", {}, "This search cannot be read"),
    h("p", {}, sentence(failure.message.replace(/^q: /, ""))),
  );
}

/** @param {string} message */
function sentence(message) {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/**
 * @param {string} title
 * @param {...(string | HTMLElement)} words
 */
export function emptyNotice(title, ...words) {
  return h("section", { class: "empty" }, h("h2", {}, title), h("p", {}, ...words));
}

/** @param {string} text */
function code(text) {
  return h("div", { class: "code" }, h("pre", {}, h("code", {}, text)), copyButton(text, "Copy"));
}
