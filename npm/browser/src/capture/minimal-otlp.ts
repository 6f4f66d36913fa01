// What is said without an engine, to a receiver that speaks OTLP and nothing else?

import {
  EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_STACKTRACE,
  EXCEPTION_TYPE,
  SESSION_ID,
  SESSION_START,
} from "../generated/semconv.js";
import { wallAtOrigin } from "./clock.js";
import { describe } from "./exception.js";
import type { Fact } from "./facts.js";
import { sessionId } from "./session.js";

/** Errors and the session's start as OTLP/JSON, the least that must not be lost; else nothing. */
export function minimalOtlp(resource: Attributes, facts: readonly Fact[]): string | undefined {
  const logRecords = facts.flatMap(([kind, at, ...fields]) => {
    if (kind != "E" && kind != "S") return [];
    const [type, message, stack] = kind == "E" ? describe(fields.at(-1)) : [];
    return {
      // Whole microseconds, then the digits a float cannot hold.
      timeUnixNano: `${wallAtOrigin() + (at as number)}000`,
      severityNumber: kind == "E" ? 17 : 9,
      eventName: kind == "E" ? EXCEPTION : SESSION_START,
      ...(kind == "E" && { traceId: fields[0], spanId: fields[1], flags: parseInt(fields[2] as string) }),
      attributes: attributes({
        [SESSION_ID]: sessionId(),
        [EXCEPTION_TYPE]: type,
        [EXCEPTION_MESSAGE]: message,
        [EXCEPTION_STACKTRACE]: stack,
      }),
    };
  });
  if (!logRecords.length) return undefined;
  const scopeLogs = [{ scope: { name: "@throughline/browser" }, logRecords }];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs }] });
}

type Attributes = Record<string, string | undefined>;

const attributes = (given: Attributes): unknown[] =>
  Object.entries(given)
    .filter(([, stringValue]) => stringValue)
    .map(([key, stringValue]) => ({ key, value: { stringValue } }));
