// Writes errors and session starts as OTLP in JSON, for a page without an engine.
//
// What an error has here it has in the engine's record too, which has more:
// crates/throughline-facts/src/exception.rs.

import { TEXT_LIMIT, type ExceptionFact, type Fact, type SessionStartFact } from "../generated/facts.js";
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
import { clock } from "./platform.js";
import type { Bytes } from "./post.js";

/** Whether a fact is an error or a session start: those leave the page even without an engine. */
export const isEssential = (fact: Fact): fact is EssentialFact => /[ES]/.test(fact[0]);

type EssentialFact = ExceptionFact | SessionStartFact;

/** The essential facts `facts` as an `ExportLogsServiceRequest` in JSON; a `toJSON` that the page has put on its prototypes is not called. */
export function minimalOtlp(resource: Attributes, session: string, facts: readonly EssentialFact[]): Bytes {
  const logRecords = facts.map((fact) => {
    const [kind, at, traceId, spanId, flags, mechanism, eventMessage, , , , type, message, stack] = fact as ExceptionFact;
    // An error that the page reports itself is a warning: it has handled it.
    const handled = mechanism == "captureException";
    const of: Attributes = [
      [THROUGHLINE_EXCEPTION_MECHANISM, mechanism],
      [THROUGHLINE_EXCEPTION_HANDLED, handled],
      [EXCEPTION_TYPE, type],
      [EXCEPTION_MESSAGE, message || eventMessage],
      [EXCEPTION_STACKTRACE, stack],
    ];
    // ERROR, WARN, INFO: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
    const [severity, eventName, ...attributes] = kind == "E" ? [handled ? 13 : 17, EXCEPTION, ...of] : [9, SESSION_START];
    // Whole microseconds, then the digits that a float cannot hold.
    return `{"timeUnixNano":"${micros(clock.timeOrigin) + (at as number)}000","severityNumber":${severity},"eventName":"${eventName}","traceId":"${traceId}","spanId":"${spanId}","flags":${+flags!},${written([[SESSION_ID, session], ...attributes])}}`;
  });
  return new TextEncoder().encode(`{"resourceLogs":[{"resource":{${written(resource)}},"scopeLogs":[{"scope":{"name":"@throughline/browser"},"logRecords":[${logRecords}]}]}]}`);
}

/** Keys and values of attributes. */
export type Attributes = [key: string, value: unknown][];

/** Attributes as OTLP writes them in JSON; those without a value are left out. */
const written = (given: Attributes): string =>
  `"attributes":[${given.flatMap(([key, value]) =>
    typeof value == "boolean"
      ? `{"key":"${key}","value":{"boolValue":${value}}}`
      : value
        ? `{"key":"${key}","value":{"stringValue":${JSON.stringify(String(value).slice(0, TEXT_LIMIT))}}}`
        : [],
  )}]`;
