// Writes errors, session starts, parts that could not be started and counts of what was dropped as
// OTLP in JSON, for a page without an engine whose receiver reads nothing else. In an entry that
// other pages do not load.
//
// A record has the severity and the attributes that the engine gives it:
// crates/throughline-facts/src/otlp/{exception,session,degraded}.rs.

import { TEXT_LIMIT, type ExceptionFact, type Fact, type LostFact } from "../generated/facts.js";
import {
  DEPLOYMENT_ENVIRONMENT_NAME,
  EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_STACKTRACE,
  EXCEPTION_TYPE,
  SERVICE_NAME,
  SERVICE_VERSION,
  SESSION_ID,
  SESSION_PREVIOUS_ID,
  SESSION_START,
  THROUGHLINE_EXCEPTION_HANDLED,
  THROUGHLINE_EXCEPTION_MECHANISM,
  THROUGHLINE_REASON,
  THROUGHLINE_SDK_DEGRADED,
  THROUGHLINE_SDK_DROPPED,
  THROUGHLINE_SDK_DROPPED_COUNT,
  THROUGHLINE_SDK_PART,
} from "../generated/semconv.js";
import type { Otlp } from "../options.js";
import { micros, now } from "./clock.js";
import { isEssential, type Form } from "./minimal.js";
import { elapsed, wallClock } from "./platform.js";
import { utf8, type Bytes } from "./post.js";
import type { Typed } from "../reporting/typed.js";

/** The form for receivers of plain OTLP. */
export const asOtlp: Form & Otlp = { path: "logs", type: "application/json", body };

/** The essential ones of facts as an `ExportLogsServiceRequest` in JSON; a `toJSON` that the page has put on its prototypes is not called. */
function body(facts: readonly Fact[]): Bytes {
  let session: unknown;
  /** The page's own attributes: names, each with its value. */
  let own: readonly string[] = [];
  let typed: Typed | undefined;
  let dropped: unknown;
  let resource: readonly unknown[] = [];
  // `performance.now()` stands still while the machine sleeps, and `performance.timeOrigin` knows nothing of it.
  const present = micros(wallClock() - elapsed());
  let origin = present;
  const logRecords = facts.flatMap((fact) => {
    if (fact[0] == "H") resource = fact.slice(3, 6);
    if (fact[0] == "C") {
      // One that delivery has taken has its own time origin.
      const [first, ...rest] = fact.slice(1);
      const isTaken = typeof first == "number";
      origin = isTaken ? (first as number) : present;
      [session, , own = [], typed, dropped] = (isTaken ? rest : [first, ...rest]) as [string, string, string[]?, Typed?, unknown?];
    }
    if (!isEssential(fact)) return [];
    const [, reason, count] = fact as LostFact;
    const [kind, at, traceId, spanId, flags, mechanism, eventMessage, , , , type, message, stack, , , given] = (
      fact[0] == "X" ? ["X", now(), "", "", "", reason] : fact
    ) as ExceptionFact;
    // An error that the page reports itself is a warning: it has handled it.
    const handled = mechanism == "captureException";
    // INFO, WARN, ERROR: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
    const [name, key, severity, ...other] = (
      {
        E: [EXCEPTION, THROUGHLINE_EXCEPTION_MECHANISM, given || (handled ? 13 : 17), THROUGHLINE_EXCEPTION_HANDLED, handled, "bool"],
        S: [SESSION_START, SESSION_PREVIOUS_ID, 9],
        D: [THROUGHLINE_SDK_DEGRADED, THROUGHLINE_SDK_PART, 13],
        X: [THROUGHLINE_SDK_DROPPED, THROUGHLINE_REASON, 13, THROUGHLINE_SDK_DROPPED_COUNT, `${count}`, "int"],
      } as Record<string, readonly [name: string, key: string, severity: number, ...other: AttributeOf]>
    )[kind]!;
    // Whole microseconds, then the digits that a float cannot hold.
    return `{"timeUnixNano":"${origin + (at as number)}000","severityNumber":${severity},"eventName":"${name}","traceId":"${traceId}","spanId":"${spanId}","flags":${+flags!},"droppedAttributesCount":${+dropped!||0},${attributes([
      [SESSION_ID, session],
      ...own.flatMap((name, at): AttributeOf[] => (at % 2 ? [] : [[name, own[at + 1]]])),
      [key, mechanism],
      other,
      [EXCEPTION_TYPE, type],
      [EXCEPTION_MESSAGE, message || eventMessage],
      [EXCEPTION_STACKTRACE, stack],
      ["", typed?.json, "json"],
    ])}}`;
  });
  return utf8(`{"resourceLogs":[{"resource":{${attributes(RESOURCE.map((key, at) => [key, resource[at]]))}},"scopeLogs":[{"scope":{"name":"@throughline/browser"},"logRecords":[${logRecords}]}]}]}`);
}

/** The attributes of these fields of the header. */
const RESOURCE = [SERVICE_NAME, SERVICE_VERSION, DEPLOYMENT_ENVIRONMENT_NAME];

/** Attributes as OTLP writes them in JSON; those without a value are left out. */
const attributes = (given: readonly AttributeOf[]): string =>
  `"attributes":[${given.flatMap(([key, value, type = "string"]) =>
    type == "json"
      ? (value as string)?.replace(VALUES, "$1REDACTED") ?? []
      : value || value === false
      ? `{"key":${JSON.stringify(key)},"value":{"${type}Value":${JSON.stringify((value as string).slice?.(0, TEXT_LIMIT).replace(VALUES, "$1REDACTED") ?? value)}}}`
      : [],
  )}]`;

type AttributeOf = readonly [key?: string, value?: unknown, type?: "bool" | "int" | "json"];

/**
 * Parts of an address that may be secret, wherever it stands: the values of parameters, user
 * name and password, and the rest of the word. Only the engine knows the names of secrets
 * (crates/throughline-scrub), so here every value counts. A quote that ends a text of JSON ends it.
 */
const VALUES = /(=["']?|%3D|\/\/(?=[^/"]*@))(?:[^\s="]|"(?![,}\]:]))+/g;
