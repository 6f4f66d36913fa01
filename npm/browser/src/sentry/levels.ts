// Levels of events as severities of log records.

import type { Severity } from "../reporting/capture.js";
import type { SeverityLevel } from "./event.js";

/** The severity of a level; that of an error when it is none. */
export const severityOf = (level: SeverityLevel | undefined): Severity => SEVERITIES[level ?? "error"] ?? "error";

/** `SeverityNumber`: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
export const severityNumber = (severity: Severity): number => 1 + 4 * NAMES.indexOf(severity);

const SEVERITIES: Readonly<Record<SeverityLevel, Severity>> = { fatal: "fatal", error: "error", warning: "warn", log: "info", info: "info", debug: "debug" };
/** Each has four numbers, of which the first is the plain one. */
const NAMES: readonly Severity[] = ["trace", "debug", "info", "warn", "error", "fatal"];
