// Writes errors and session starts as OTLP in JSON, for a page without an engine.
//
// An error has its severity, type, message, stack and trace, and no other attribute: each kilobyte
// of capture delays the page. crates/throughline-facts/src/exception.rs is the whole of it.

import { TEXT_LIMIT, type ExceptionFact, type Fact, type SessionStartFact } from "../generated/facts.js";
import {
  EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_STACKTRACE,
  EXCEPTION_TYPE,
  SESSION_ID,
  SESSION_START,
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
    // INFO; WARN for an error that the page reports itself, because it has handled it; ERROR:
    // https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
    const severity = kind != "E" ? 9 : mechanism == "captureException" ? 13 : 17;
    const written = attributes([
      [SESSION_ID, session],
      [EXCEPTION_TYPE, type],
      [EXCEPTION_MESSAGE, message || eventMessage],
      [EXCEPTION_STACKTRACE, stack],
    ]);
    // Whole microseconds, then the digits that a float cannot hold.
    return `{"timeUnixNano":"${micros(clock.timeOrigin) + (at as number)}000","severityNumber":${severity},"eventName":"${kind == "E" ? EXCEPTION : SESSION_START}","traceId":"${traceId}","spanId":"${spanId}","flags":${+flags!},${written}}`;
  });
  return new TextEncoder().encode(`{"resourceLogs":[{"resource":{${attributes(resource)}},"scopeLogs":[{"scope":{"name":"@throughline/browser"},"logRecords":[${logRecords}]}]}]}`);
}

/** Keys and values of attributes. */
export type Attributes = [key: string, value: unknown][];

/** Attributes as OTLP writes them in JSON; those without a value are left out. */
const attributes = (given: Attributes): string =>
  `"attributes":[${given.flatMap(([key, value]) =>
    value ? `{"key":"${key}","value":{"stringValue":${JSON.stringify(String(value).slice(0, TEXT_LIMIT))}}}` : [],
  )}]`;
