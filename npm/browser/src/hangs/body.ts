// The report of a page that does not react, in the form that its receiver reads.

import { encode } from "../core/encode.js";
import type { Fact, HeaderFact } from "../generated/facts.js";
import {
  BROWSER_HANG,
  BROWSER_HANG_BREADCRUMB,
  BROWSER_HANG_DURATION,
  BROWSER_HANG_IS_OVER,
  DEPLOYMENT_ENVIRONMENT_NAME,
  SERVICE_NAME,
  SERVICE_VERSION,
  SESSION_ID,
} from "../generated/semconv.js";
import { recordEvent } from "../tracing/recorded.js";
import type { Form, State } from "./messages.js";

/** Writes the report of a hang: when the question was put that has no answer, on this worker's clock, and for how long, ms. */
export function bodyOf([, , form, header]: readonly ["start", string, Form, HeaderFact, number], [session, span, address, own, breadcrumb, typed = [], dropped = ""]: State, since: number, duration: number): string {
  if (form == "otlp") return otlp(header, session, span ?? [], since, duration);
  const hasTexts = form == "facts";
  const facts: Fact[] = [header, ["M", Date.now()]];
  const recorder = { 5: (place: Fact, ...fact: Fact) => facts.push(place, fact) } as never;
  recordEvent(
    recorder,
    ["C", session, hasTexts ? address : "", hasTexts ? own : [], hasTexts ? typed : [], dropped],
    BROWSER_HANG,
    since,
    span,
    { [BROWSER_HANG_IS_OVER]: false, [BROWSER_HANG_BREADCRUMB]: hasTexts ? breadcrumb : undefined },
    { [BROWSER_HANG_DURATION]: duration },
    ERROR,
  );
  return encode(facts);
}

/** The same as an `ExportLogsServiceRequest` in JSON, without texts of the page's, which only an engine redacts. */
function otlp(header: HeaderFact, session: string, [traceId = "", spanId = "", flags = ""]: readonly string[], since: number, duration: number): string {
  const text = (key: string, stringValue: unknown) => (stringValue ? [{ key, value: { stringValue } }] : []);
  const [, , , service, version, environment] = header;
  const record = {
    timeUnixNano: `${Math.round(Date.now() - performance.now() + since)}000000`,
    severityNumber: ERROR,
    eventName: BROWSER_HANG,
    traceId,
    spanId,
    flags: parseInt(flags, 16) || 0,
    attributes: [
      ...text(SESSION_ID, session),
      { key: BROWSER_HANG_IS_OVER, value: { boolValue: false } },
      { key: BROWSER_HANG_DURATION, value: { doubleValue: duration } },
    ],
  };
  const attributes = [...text(SERVICE_NAME, service), ...text(SERVICE_VERSION, version), ...text(DEPLOYMENT_ENVIRONMENT_NAME, environment)];
  return JSON.stringify({ resourceLogs: [{ resource: { attributes }, scopeLogs: [{ scope: { name: "@throughline/browser" }, logRecords: [record] }] }] });
}

/** https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const ERROR = 17;
