// Changes the fact of a span as the page has changed its JSON.

import type { ContextFact } from "../../generated/facts.js";
import { BROWSER_DOCUMENT_URL_FULL, ERROR_TYPE, HTTP_REQUEST_METHOD, HTTP_REQUEST_METHOD_ORIGINAL, HTTP_RESPONSE_STATUS_CODE, SENTRY_OP, SENTRY_ORIGIN, SERVER_ADDRESS, SERVER_PORT, THROUGHLINE_PARENT_INFERRED, URL_FULL } from "../../generated/semconv.js";
import { attribute, integer, LONGEST, message, text } from "../../tracing/protobuf.js";
import { tell } from "../told.js";
import type { SpanJSON } from "./json.js";
import { attributeIn, fieldsIn } from "./read.js";
import { ATTRIBUTES, described, DROPPED_ATTRIBUTES, pairs, restOf, STATUS, STATUS_CODE, STATUS_MESSAGE, type Attributes, type SpanFact } from "./span-fact.js";

/** Remembers a span as it is; the function that is returned changes its fact by what is different from then. */
export function changesOf(fact: SpanFact, place: ContextFact, given: SpanJSON): (changed: SpanJSON) => void {
  const before = { ...given };
  const texts = new Map(Object.entries(given.attributes).map(([name, value]) => [name, asJson(value)]));
  return (changed) => {
    const { attributes: same } = given;
    // One of both has taken the place of the object that they were, or it has been changed itself.
    const attributes: Attributes = [changed.attributes, changed.data].find((one) => one && one != same) ?? same;
    const values: Attributes = {};
    for (const name of new Set([...texts.keys(), ...Object.keys(attributes)])) if (asJson(attributes[name]) != texts.get(name)) values[name] = attributes[name] ?? undefined;
    if (changed.op !== before.op) values[SENTRY_OP] = changed.op;
    for (const name of FIXED) if (changed[name] !== before[name]) tell(`\`${name}\` of a span stays as it is, whatever \`beforeSendSpan\` or \`beforeSendTransaction\` sets`);

    const name = [changed.name, changed.description].find((one, at) => typeof one == "string" && one !== [before.name, before.description][at]);
    const isNew = name != undefined || Object.keys(values).length > 0;
    const fields = fact as unknown as unknown[];
    if (fact[0] == "I" ? isNew : fact[0] == "F" && name != undefined && !isOfMethod(fact[8], name)) asOwnSpan(fact, place);
    if (name != undefined) rename(fact, name.slice(0, LONGEST_NAME));
    setTimes(fields, before, changed);
    if (changed.parent_span_id !== before.parent_span_id && isParent(changed.parent_span_id)) fields[6] = changed.parent_span_id ?? "";
    if (changed.status !== before.status) setStatus(fact, String(changed.status));
    setAttributes(fact, place, values);
  };
}

/** Sets attributes of a span; those without a value are removed. What does not fit is counted. */
export function setAttributes(fact: SpanFact, place: ContextFact, values: Attributes): void {
  const names = Object.keys(values);
  if (!names.length) return;
  const fields = fact as unknown as unknown[];
  const context = place as unknown as unknown[];
  // Of the lasting ones the record has none that it has itself.
  if (place[3]) context[3] = pairs(place[3]).filter(([name]) => !names.includes(name)).flat();
  let dropped = 0;
  let rest = "";
  for (const { number, value, written } of restIn(fact)) {
    if (number == DROPPED_ATTRIBUTES) dropped += Number(value);
    else if (number != ATTRIBUTES || !names.includes(attributeIn(value as string)[0])) rest += written;
  }
  const texts = fact[0] == "P" ? pairs(fact[8]).filter(([name]) => !names.includes(name)).flat() : [];
  for (const name of names) {
    const value: unknown = values[name];
    if (setField(fields, context, name, value) || value == undefined) continue;
    const isText = fact[0] == "P" && typeof value == "string" && value;
    try {
      const written = isText ? "" : attribute(ATTRIBUTES, name, value);
      if (rest.length + written.length > ROOM) dropped++;
      else if (isText) texts.push(name, value.slice(0, LONGEST));
      else rest += written;
    } catch {
      // It cannot be read.
      dropped++;
    }
  }
  if (fact[0] == "P") fields[8] = texts;
  setRest(fact, rest + (dropped ? integer(DROPPED_ATTRIBUTES, dropped) : ""));
}

/** A click or a request becomes a span of the page's own, which may have any name; a request without the browser's timing. */
function asOwnSpan(fact: SpanFact, place: ContextFact): void {
  const { own, error, attributes } = described(fact, ["C", place[1], place[2]]);
  const { [BROWSER_DOCUMENT_URL_FULL]: _, [SENTRY_OP]: _op, [SENTRY_ORIGIN]: _origin, ...values } = attributes;
  const fields = fact as unknown as unknown[];
  const [kind, start, end, trace, span, flags, parent, , method, inferred, status] = fields;
  const rest = (fields[restOf(fact)] as string | undefined) ?? "";
  fields.splice(0, Infinity, "P", start, end, trace, span, flags, parent, own, [], rest);
  if (kind == "F") {
    setRest(fact, integer(KIND, CLIENT) + rest);
    if (inferred) values[THROUGHLINE_PARENT_INFERRED] = true;
    if (error != undefined) setStatus(fact, "error");
    // As crates/throughline-facts/src/otlp/request.rs has them.
    if (+status! >= 400) values[ERROR_TYPE] = String(status);
    if (!METHODS.test(method as string)) Object.assign(values, { [HTTP_REQUEST_METHOD]: "_OTHER", [HTTP_REQUEST_METHOD_ORIGINAL]: method });
  }
  setAttributes(fact, place, values);
}

function rename(fact: SpanFact, name: string): void {
  const fields = fact as unknown as unknown[];
  if (fact[0] != "F") fields[7] = name;
  // The name of a request is made of its method and this.
  else fields[13] = name.slice(fact[8]!.length);
}

/** Whether a request can have a name: the reader makes it of the method, and of what is behind it. */
const isOfMethod = (method: unknown, name: string): boolean => METHODS.test(method as string) && (name == method || name.startsWith(`${method} `));

function setTimes(fields: unknown[], before: SpanJSON, changed: SpanJSON): void {
  const start = changed.start_timestamp;
  const end = changed.end_timestamp !== before.end_timestamp ? changed.end_timestamp : changed.timestamp;
  if (start !== before.start_timestamp && Number.isFinite(start)) fields[1] = toMicros(start);
  if (end !== before.timestamp && Number.isFinite(end)) fields[2] = toMicros(end!);
  fields[2] = Math.max(fields[1] as number, fields[2] as number);
}

function setStatus(fact: SpanFact, status: string): void {
  const about = status == "error" || status == "internal_error" ? "" : text(STATUS_MESSAGE, status);
  const written = status == "ok" ? "" : message(STATUS, about + integer(STATUS_CODE, ERROR));
  setRest(fact, restIn(fact).filter(({ number }) => number != STATUS).map(({ written }) => written).join("") + written);
}

/** Sets what a field of its own says; returns whether there is one. */
function setField(fields: unknown[], place: unknown[], name: string, value: unknown): boolean {
  const given = value ?? "";
  const at = fields[0] == "F" ? OF_REQUEST[name] : undefined;
  if (name == BROWSER_DOCUMENT_URL_FULL) place[2] = String(given);
  else if (at) fields[at] = at == STATUS_FIELD ? +given || "" : String(given);
  else if (fields[0] == "F" && (name == SERVER_ADDRESS || name == SERVER_PORT)) {
    const { hostname, port, protocol } = fields[12] as URL;
    fields[12] = name == SERVER_ADDRESS ? { hostname: String(given), port, protocol } : { hostname, port: String(given), protocol };
  } else return false;
  return true;
}

const restIn = (fact: SpanFact): ReturnType<typeof fieldsIn> => fieldsIn((fact[restOf(fact)] as string | undefined) ?? "");

function setRest(fact: SpanFact, rest: string): void {
  const fields = fact as unknown as unknown[];
  const at = restOf(fact);
  // A reader counts the fields: none is left out.
  while (fields.length < at) fields.push("");
  fields[at] = rest;
}

const isParent = (id: unknown): boolean => id == undefined || /^(?!0{16})[\da-f]{16}$/.test(String(id));

/** s since the Unix epoch as µs since the page's time origin. */
const toMicros = (seconds: number): number => Math.max(0, Math.round((seconds * 1000 - performance.timeOrigin) * 1000));

/** A value as text, to compare it with another one. */
function asJson(value: unknown): string | undefined {
  try {
    return typeof value == "bigint" ? `${value}n` : JSON.stringify(value);
  } catch {
    // It contains itself.
    return undefined;
  }
}

/** Members of which the page has no say. */
const FIXED = ["trace_id", "span_id", "is_segment"] as const;
const STATUS_FIELD = 10;
/** Fields of a request by the attributes that they become. */
const OF_REQUEST: Readonly<Record<string, number>> = { [URL_FULL]: 7, [HTTP_REQUEST_METHOD]: 8, [HTTP_RESPONSE_STATUS_CODE]: STATUS_FIELD, [ERROR_TYPE]: 11 };
/** Those with which the name of a request may begin: crates/throughline-semconv/registry.toml. */
const METHODS = /^(GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|QUERY)$/;
const ERROR = 2;
/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const KIND = 6;
const CLIENT = 3;
/** UTF-16 code units of a name. */
const LONGEST_NAME = 500;
/** Hexadecimal digits of what is no text, less the room for the count; a fact's text is cut off at 8,192. */
const ROOM = 8000;
