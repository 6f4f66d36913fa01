// Records what the page itself reports: errors, messages and log records.

import { THROUGHLINE_EXCEPTION_COMPONENT_STACK } from "../generated/semconv.js";
import { APP, merged, whileOwn } from "./own-attributes.js";
import { report } from "./page-client.js";
import type { Values } from "./values.js";

/** Facts about an error besides the error itself. */
export interface CaptureOptions {
  /** Whether the page has handled it (default `true`): then it is a warning. */
  handled?: boolean;
  /** Attributes `app.{name}` of this record alone. */
  tags?: Values;
  /** The components around the one that threw, as React prints them. */
  componentStack?: string | null | undefined;
}

/** The severity of a log record: https://opentelemetry.io/docs/specs/otel/logs/data-model/#severity-fields */
export type Severity = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** Records an error that the page has caught; one that was recorded before is ignored. */
export function captureException(error: unknown, options?: CaptureOptions): void {
  report(
    options,
    (client, { handled, tags, componentStack }) => {
      const own = merged(merged(client.shared[0], tags, APP), { [THROUGHLINE_EXCEPTION_COMPONENT_STACK]: componentStack });
      whileOwn(client, own, () => {
        const { shared } = client;
        const [, record] = shared;
        if (handled === false) shared[1] = (fact, thrown) => record(fact.map((field, at) => (at == 5 ? "uncaught" : field)) as never, thrown);
        try {
          client.captureException(error);
        } finally {
          shared[1] = record;
        }
      });
    },
    [error],
  );
}

/** Facts about a message besides its text. */
export interface MessageOptions {
  /** `info` unless it is another one. */
  severity?: Severity;
  /** Attributes `app.{name}` of this record alone. */
  tags?: Values;
}

/** Records a message as a log record with tags, in the span that is open now. */
export const captureMessage = (message: string, options?: MessageOptions): void =>
  write(options?.severity ?? "info", message, options?.tags, APP);

/** Records a log record with attributes by their whole names, in the span that is open now. */
export const log = (severity: Severity, message: string, attributes?: Values): void => write(severity, message, attributes);

function write(severity: Severity, message: string, values?: Values, prefix?: string): void {
  report({ tags: values }, (client, { tags }) => {
    const { shared } = client;
    const [, record] = shared;
    whileOwn(client, merged(shared[0], tags, prefix), () => {
      // The client finds the span of what is recorded; here it is a message in place of an exception.
      shared[1] = ([, at, trace, span, flags], thrown) =>
        record(["L", at, trace, span, flags, 1 + 4 * SEVERITIES.indexOf(severity), String(message)], thrown);
      try {
        client.captureException({});
      } finally {
        shared[1] = record;
      }
    });
  });
}

/** Each has four numbers, of which the first is the plain one. */
const SEVERITIES: readonly Severity[] = ["trace", "debug", "info", "warn", "error", "fatal"];
