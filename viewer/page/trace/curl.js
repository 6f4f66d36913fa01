// @ts-check
// Writes the request of a span as a command of curl.

/** @import { Attributes, Span } from "../types" */

import { valueText } from "../format.js";

/**
 * The command, for a POSIX shell; null when the span is no request of HTTP, or its address is not
 * recorded. Telemetry is the text of strangers: nothing in it is more than one argument.
 * @param {Span} span
 */
export function curlCommand({ kind, attributes }) {
  if (kind !== "client" && kind !== "server") return null;
  const method = text(attributes, "http.request.method_original") || text(attributes, "http.request.method") || text(attributes, "http.method");
  const address = addressOf(attributes);
  if (!TOKEN.test(method) || !address) return null;
  const parts = [
    `curl ${method === "HEAD" ? "--head" : `--request ${quoted(method)}`} --globoff`,
    `--url ${quoted(address)}`,
    ...headers(attributes).map((header) => `--header ${quoted(header)}`),
  ];
  const command = parts.join(" \\\n  ");
  return [...notes(method, command), command].join("\n");
}

/**
 * Lines that say what is missing.
 * @param {string} method
 * @param {string} command
 */
function notes(method, command) {
  return [
    command.includes("REDACTED") && "# A secret was redacted before it was stored: write it in place of REDACTED.",
    BODIES.has(method) && "# The body of the request was not recorded.",
  ].filter((note) => note !== false);
}

/**
 * The whole address; of a server, put together. Only what curl sends by HTTP.
 * @param {Attributes} attributes
 */
function addressOf(attributes) {
  const whole = text(attributes, "url.full") || text(attributes, "http.url") || addressOfServer(attributes);
  if (!/^https?:\/\//i.test(whole)) return null;
  return whole.replace(CONTROLS, encodeURIComponent);
}

/** @param {Attributes} attributes */
function addressOfServer(attributes) {
  const [scheme, host, path] = ["url.scheme", "server.address", "url.path"].map((key) => text(attributes, key));
  if (!scheme || !host) return "";
  const port = text(attributes, "server.port");
  const query = text(attributes, "url.query");
  const name = host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${name}${port && `:${port}`}${path || "/"}${query && `?${query}`}`;
}

/**
 * The recorded headers, as curl reads them. The length belongs to the body.
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 * @param {Attributes} attributes
 */
function headers(attributes) {
  return Object.entries(attributes).flatMap(([key, value]) => {
    const name = key.startsWith(HEADER) ? key.slice(HEADER.length) : "";
    if (!TOKEN.test(name) || name === "content-length") return [];
    return [value].flat().map((value) => {
      const line = valueText(value).replace(CONTROLS, " ");
      // Without a value curl leaves a header out, unless a semicolon ends its name.
      return line.trim() === "" ? `${name};` : `${name}: ${line}`;
    });
  });
}

/**
 * One argument of a POSIX shell.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02
 * @param {string} argument
 */
function quoted(argument) {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

/**
 * @param {Attributes} attributes
 * @param {string} key
 */
function text(attributes, key) {
  const value = attributes[key];
  return value === undefined || value === null ? "" : valueText(value);
}

const HEADER = "http.request.header.";
/** https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Among them the sequences that end a pasted text in a terminal. */
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;
const BODIES = new Set(["POST", "PUT", "PATCH"]);
