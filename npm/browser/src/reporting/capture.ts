// Records what the page itself reports: errors, messages and log records.

import { THROUGHLINE_EXCEPTION_COMPONENT_STACK } from "../generated/semconv.js";
import { makeAttributes } from "../tracing/attributes.js";
import { APP, merged, whileOwn } from "./own-attributes.js";
import { report, type Started } from "./page-client.js";
import type { TypedValues, Values } from "./values.js";

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
export function captureMessage(message: string, options?: MessageOptions): void {
  const { severity = "info", tags } = options ?? {};
  report({ tags }, (client, { tags }) => write(client, severity, message, merged(client.shared[0], tags, APP)));
}

/** Records a log record with attributes by their whole names, which keep the types of their values, in the span that is open now. */
export function log(severity: Severity, message: string, attributes?: TypedValues): void {
  const all = makeAttributes(LOG_ATTRIBUTES);
  const names: string[] = [];
  try {
    names.push(...Object.keys(attributes ?? {}));
    // Read now: the page may change them before there is an answer.
    all.set(attributes);
  } catch {
    // They cannot be read.
  }
  report({}, (client) => {
    const [own] = client.shared;
    // Those that last are not in a record that has them itself, or says that it has none.
    write(client, severity, message, own.filter((_, at) => !names.includes(own[at & ~1]!)), all.write("", own));
  });
}

function write(client: Started, severity: Severity, message: string, own: readonly string[], attributes: readonly [texts?: readonly string[], rest?: string] = []): void {
  const { shared } = client;
  const [, record] = shared;
  whileOwn(client, own, () => {
    // The client finds the span of what is recorded; here it is a message in place of an exception.
    shared[1] = ([, at, trace, span, flags], thrown) =>
      record(["L", at, trace, span, flags, 1 + 4 * SEVERITIES.indexOf(severity), String(message), "", ...attributes] as never, thrown);
    try {
      client.captureException({});
    } finally {
      shared[1] = record;
    }
  });
}

/** Each has four numbers, of which the first is the plain one. */
const SEVERITIES: readonly Severity[] = ["trace", "debug", "info", "warn", "error", "fatal"];
/** The number of the field: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto */
const LOG_ATTRIBUTES = 6;
