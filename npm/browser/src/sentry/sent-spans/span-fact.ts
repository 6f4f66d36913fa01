// The facts that become spans, and what each of them says of its span.

import { describeTarget } from "../../context/target.js";
import type { ClickFact, ContextFact, DocumentLoadFact, Fact, RequestFact, SpanFact as OwnSpanFact } from "../../generated/facts.js";
import {
  BROWSER_CSS_SELECTOR,
  BROWSER_DOCUMENT_URL_FULL,
  BROWSER_MOUSE_EVENT_BUTTON,
  BROWSER_NAVIGATION_SAME_DOCUMENT,
  BROWSER_TAG_NAME,
  ERROR_TYPE,
  HTTP_REQUEST_METHOD,
  HTTP_RESPONSE_STATUS_CODE,
  SENTRY_OP,
  SENTRY_ORIGIN,
  SERVER_ADDRESS,
  SERVER_PORT,
  URL_FULL,
  URL_TEMPLATE,
} from "../../generated/semconv.js";
import { PLACES } from "../../keep/mark.js";
import { fromOwn } from "../../reporting/typed.js";
import { attributeIn, fieldsIn, textIn, type Field } from "./read.js";

/** A fact that becomes a span. */
export type SpanFact = DocumentLoadFact | ClickFact | RequestFact | OwnSpanFact;

/** Whether a fact becomes a span. */
export const isSpan = (fact: Fact): fact is SpanFact => /[NIFP]/.test(fact[0]);

/** Values by the names of attributes. */
export type Attributes = { [name: string]: any };

/** A span as a person of Sentry's packages knows it. */
export interface Described {
  /** The name that it is sent with. */
  own: string;
  /** The names that Sentry's packages give it: where spans are sent as they end, and where they are parts of a transaction. */
  name: string;
  description: string;
  op: string | undefined;
  /** The message of its status; nothing where it is no error. */
  error: string | undefined;
  attributes: Attributes;
}

/** Describes a span. */
export function described(fact: SpanFact, place: ContextFact): Described {
  const rest = fact[restOf(fact)] as string | undefined;
  const fields = fieldsIn(rest ?? "");
  const attributes: Attributes = { [BROWSER_DOCUMENT_URL_FULL]: place[2] };
  for (const [name, value] of pairs(place[3] ?? [])) attributes[name] = fromOwn(value);
  const one = ofKind(fact, attributes);
  for (const { number, value } of fields)
    if (number == ATTRIBUTES) {
      const [name, given] = attributeIn(value as string);
      attributes[name] = given;
    }
  const isNavigation = fact[0] == "P" && attributes[BROWSER_NAVIGATION_SAME_DOCUMENT];
  // A click that `traceInteractions` has named.
  const isClick = one.own.startsWith("click ") && attributes[BROWSER_CSS_SELECTOR] != undefined;
  const op: string | undefined = attributes[SENTRY_OP] ?? (isNavigation ? "navigation" : isClick ? CLICK : one.op);
  if (isNavigation) one.name = attributes[URL_TEMPLATE] ?? pathOf(attributes[URL_FULL]);
  attributes[SENTRY_ORIGIN] ??= isNavigation ? "auto.navigation.browser" : one.origin;
  if (op) attributes[SENTRY_OP] = op;
  return { own: one.own, name: one.name ?? one.own, description: one.description ?? one.name ?? one.own, op, error: one.error ?? errorIn(fields), attributes };
}

interface OfKind {
  own: string;
  name?: string;
  description?: string;
  op?: string;
  origin: string;
  error?: string | undefined;
}

/** Facts of one kind; its attributes are added. */
function ofKind(fact: SpanFact, attributes: Attributes): OfKind {
  switch (fact[0]) {
    case "N":
      return { own: String(fact[7]), name: fact[7] == "documentLoad" ? pathOf(attributes[BROWSER_DOCUMENT_URL_FULL]) : String(fact[7]), op: "pageload", origin: "auto.pageload.browser" };
    case "I": {
      const [name, tag, selector] = describeTarget(fact[7]);
      Object.assign(attributes, { [BROWSER_TAG_NAME]: tag, [BROWSER_CSS_SELECTOR]: selector, [BROWSER_MOUSE_EVENT_BUTTON]: fact[8] });
      return { own: name, origin: "auto.ui.browser" };
    }
    case "F": {
      const [, , , , , , , url, method, , status, error, { hostname, port }, nameEnd] = fact;
      Object.assign(attributes, { [URL_FULL]: url, [HTTP_REQUEST_METHOD]: method, [SERVER_ADDRESS]: hostname });
      if (port) attributes[SERVER_PORT] = +port;
      if (status) attributes[HTTP_RESPONSE_STATUS_CODE] = status;
      if (error) attributes[ERROR_TYPE] = error;
      const own = `${method}${nameEnd ?? ""}`;
      return {
        own,
        name: nameEnd ? own : `${method} ${hostname}`,
        description: nameEnd ? own : `${method} ${String(url).split(/[?#]/)[0]}`,
        op: "http.client",
        origin: "auto.http.browser",
        error: error || (+status! >= 400 ? (STATUSES[+status!] ?? (+status! < 500 ? "invalid_argument" : "internal_error")) : undefined),
      };
    }
    default:
      for (const [name, value] of pairs(fact[8])) attributes[name] = value;
      return { own: String(fact[7]), origin: "manual" };
  }
}

/** The path of an address: that of the document may be another one by now. */
const pathOf = (address: unknown): string => String(address).replace(/^[^/]*\/\/[^/]*|[?#].*$/g, "");

/** The message of an error in the fields of a span. */
function errorIn(fields: readonly Field[]): string | undefined {
  const status = fields.find(({ number }) => number == STATUS)?.value as string | undefined;
  const parts = status ? fieldsIn(status) : [];
  if (!parts.some(({ number, value }) => number == STATUS_CODE && value == 2n)) return undefined;
  return textIn((parts.find(({ number }) => number == STATUS_MESSAGE)?.value ?? "") as string) || "internal_error";
}

/** Names, each with its value. */
export const pairs = (list: readonly string[]): [name: string, value: string][] => list.flatMap((name, at) => (at & 1 ? [] : [[name, list[at + 1]!]]));

/** The position of further fields in protobuf. */
export const restOf = ([kind]: SpanFact): number => PLACES[kind]![1];

const CLICK = "ui.action.click";
/** As Sentry's packages name the status of a response: https://develop.sentry.dev/sdk/telemetry/traces/span-statuses/ */
const STATUSES: Readonly<Record<number, string>> = {
  401: "unauthenticated",
  403: "permission_denied",
  404: "not_found",
  409: "already_exists",
  413: "failed_precondition",
  429: "resource_exhausted",
  499: "cancelled",
  501: "unimplemented",
  503: "unavailable",
  504: "deadline_exceeded",
};
/** Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
export const ATTRIBUTES = 9;
export const DROPPED_ATTRIBUTES = 10;
export const STATUS = 15;
export const STATUS_MESSAGE = 2;
export const STATUS_CODE = 3;
