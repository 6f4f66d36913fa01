// What must not be lost when there is no engine: not yet, or never?

import {
  EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_STACKTRACE,
  EXCEPTION_TYPE,
  SESSION_ID,
  SESSION_START,
} from "../generated/semconv.js";
import { micros } from "./clock.js";
import { describe } from "./exception.js";
import type { Fact } from "./facts.js";
import { sessionId } from "./session.js";

/** Whether a fact is one of those. */
export const mustNotBeLost = ([kind]: Fact): boolean => kind == "E" || kind == "S";

/** Errors and the session's start as OTLP/JSON, which any receiver reads. */
export function minimalOtlp(resource: Attributes, facts: readonly Fact[]): string {
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
        [SESSION_ID, sessionId()],
        [EXCEPTION_TYPE, type],
        [EXCEPTION_MESSAGE, message],
        [EXCEPTION_STACKTRACE, stack],
      ]),
    };
  });
  const scopeLogs = [{ scope: { name: "@throughline/browser" }, logRecords }];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs }] });
}

/** Keys and values; what has no value is left out. */
export type Attributes = [key: string, value: unknown][];

const attributes = (given: Attributes): unknown[] =>
  given.flatMap(([key, stringValue]) => (stringValue ? { key, value: { stringValue } } : []));
