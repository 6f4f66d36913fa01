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
import type { Bytes } from "./post.js";

/** Whether a fact is an error or a session start: those leave the page even without an engine. */
export const isEssential = (fact: Fact): fact is EssentialFact => /[ES]/.test(fact[0]);

type EssentialFact = ExceptionFact | SessionStartFact;

/** The essential facts `facts` as an `ExportLogsServiceRequest` in JSON; a `toJSON` that the page has put on its prototypes is not called. */
export function minimalOtlp(resource: Attributes, session: string, facts: readonly EssentialFact[]): Bytes {
  const logRecords = facts.map((fact) => {
    const [kind, at, traceId, spanId, flags, mechanism, eventMessage, , , , type, message, stack] = fact as ExceptionFact;
    const isError = kind == "E";
    // An error that the page reports itself is a warning: it has handled it.
    const handled = mechanism == "captureException";
    const of: Attributes = [
      [THROUGHLINE_EXCEPTION_MECHANISM, mechanism],
      [THROUGHLINE_EXCEPTION_HANDLED, handled],
      [EXCEPTION_TYPE, type],
      [EXCEPTION_MESSAGE, message || eventMessage],
      [EXCEPTION_STACKTRACE, stack],
    ];
    // Whole microseconds, then the digits that a float cannot hold.
    // INFO, WARN, ERROR: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
    return `{"timeUnixNano":"${micros(performance.timeOrigin) + (at as number)}000","severityNumber":${!isError ? 9 : handled ? 13 : 17},"eventName":"${isError ? EXCEPTION : SESSION_START}","traceId":"${traceId}","spanId":"${spanId}","flags":${+flags!},${attributes([[SESSION_ID, session], ...(isError ? of : [])])}}`;
  });
  return new TextEncoder().encode(`{"resourceLogs":[{"resource":{${attributes(resource)}},"scopeLogs":[{"scope":{"name":"@throughline/browser"},"logRecords":[${logRecords}]}]}]}`);
}

/** Keys and values of attributes. */
export type Attributes = [key: string, value: unknown][];

/** Attributes as OTLP writes them in JSON; those without a value are left out. */
const attributes = (given: Attributes): string =>
  `"attributes":[${given.flatMap(([key, value]) =>
    value == null || value === "" ? [] : `{"key":"${key}","value":{"${typeof value == "boolean" ? "bool" : "string"}Value":${JSON.stringify(value)}}}`,
  )}]`;
