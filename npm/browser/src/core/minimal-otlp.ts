// Writes errors and session starts as OTLP in JSON, for a page without an engine.

import {
  EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_STACKTRACE,
  EXCEPTION_TYPE,
  SESSION_ID,
  SESSION_START,
} from "../generated/semconv.js";
import { micros } from "./clock.js";
import type { Fact } from "./queue.js";
import { describe } from "./thrown.js";

/** Whether a fact is an error or a session start: those leave the page even without an engine. */
export const isEssential = ([kind]: Fact): boolean => kind == "E" || kind == "S";

/** The essential facts `facts` as an `ExportLogsServiceRequest` in JSON. */
export function minimalOtlp(resource: Attributes, session: string, facts: readonly Fact[]): string {
  const logRecords = facts.map(([kind, at, traceId, spanId, flags, , said, ...thrown]) => {
    const isError = kind == "E";
    const [type, message = said, stack] = isError ? describe(thrown.at(-1)) : [];
    return {
      // Whole microseconds, then the digits that a float cannot hold.
      timeUnixNano: `${micros(performance.timeOrigin) + (at as number)}000`,
      severityNumber: isError ? 17 : 9,
      eventName: isError ? EXCEPTION : SESSION_START,
      traceId,
      spanId,
      flags: Number(flags),
      attributes: attributes([
        [SESSION_ID, session],
        [EXCEPTION_TYPE, type],
        [EXCEPTION_MESSAGE, message],
        [EXCEPTION_STACKTRACE, stack],
      ]),
    };
  });
  const scopeLogs = [{ scope: { name: "@throughline/browser" }, logRecords }];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs }] });
}

/** Keys and values of attributes. */
export type Attributes = [key: string, value: unknown][];

/** Attributes as OTLP writes them in JSON; an empty value is left out. */
const attributes = (given: Attributes): unknown[] =>
  given.flatMap(([key, stringValue]) => (stringValue ? { key, value: { stringValue } } : []));
