// Writes errors and session starts as OTLP in JSON, for a page without an engine.
//
// An error has the severity and the attributes that the engine gives it:
// crates/throughline-facts/src/exception.rs.

import type { ExceptionFact, Fact, SessionStartFact } from "../generated/facts.js";
import {
  EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_STACKTRACE,
  EXCEPTION_TYPE,
  SESSION_ID,
  SESSION_START,
  THROUGHLINE_EXCEPTION_HANDLED,
  THROUGHLINE_EXCEPTION_MECHANISM,
} from "../generated/semconv.js";
import { micros } from "./clock.js";
import { toJson } from "./json.js";
import { describe } from "./thrown.js";

/** Whether a fact is an error or a session start: those leave the page even without an engine. */
export const isEssential = (fact: Fact): fact is EssentialFact => fact[0] == "E" || fact[0] == "S";

type EssentialFact = ExceptionFact | SessionStartFact;

/** The essential facts `facts` as an `ExportLogsServiceRequest` in JSON. */
export function minimalOtlp(resource: Attributes, session: string, facts: readonly EssentialFact[]): string {
  const logRecords = facts.map((fact) => {
    const [kind, at, traceId, spanId, flags] = fact;
    const [severityNumber, eventName, more] = kind == "E" ? exception(fact) : SESSION;
    return {
      // Whole microseconds, then the digits that a float cannot hold.
      timeUnixNano: `${micros(performance.timeOrigin) + (at as number)}000`,
      severityNumber,
      eventName,
      traceId,
      spanId,
      flags: Number(flags),
      attributes: attributes([[SESSION_ID, session], ...more]),
    };
  });
  const scopeLogs = [{ scope: { name: "@throughline/browser" }, logRecords }];
  return toJson({ resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs }] });
}

type LogRecord = [severity: number, eventName: string, attributes: Attributes];

function exception([, , , , , mechanism, eventMessage, , , , thrown]: ExceptionFact): LogRecord {
  const [type, message, stack] = describe(thrown);
  // An error that the page reports itself is a warning: it has handled it.
  const handled = mechanism == "captureException";
  return [
    handled ? WARN : ERROR,
    EXCEPTION,
    [
      [THROUGHLINE_EXCEPTION_MECHANISM, mechanism],
      [THROUGHLINE_EXCEPTION_HANDLED, handled],
      [EXCEPTION_TYPE, type],
      [EXCEPTION_MESSAGE, message || eventMessage],
      [EXCEPTION_STACKTRACE, stack],
    ],
  ];
}

/** Keys and values of attributes. */
export type Attributes = [key: string, value: unknown][];

/** Attributes as OTLP writes them in JSON; those without a value are left out. */
const attributes = (given: Attributes): unknown[] =>
  given.flatMap(([key, value]) =>
    value == null || value === ""
      ? []
      : { key, value: typeof value == "boolean" ? { boolValue: value } : { stringValue: value } },
  );

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const INFO = 9;
const WARN = 13;
const ERROR = 17;

const SESSION: LogRecord = [INFO, SESSION_START, []];
