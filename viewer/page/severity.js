// @ts-check
// Maps severity numbers to names.

/**
 * https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
 * @param {number} number
 * @returns {"trace" | "debug" | "info" | "warn" | "error" | "fatal" | "unset"}
 */
export function severityName(number) {
  if (number < 1) return "unset";
  return LEVELS[Math.min(LEVELS.length - 1, Math.floor((number - 1) / 4))];
}

/** @type {("trace" | "debug" | "info" | "warn" | "error" | "fatal")[]} */
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];
