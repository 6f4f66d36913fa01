// The entry of the browser's reports: interventions, deprecations, crashes.

export { joinCrashReports } from "./reports/crashes.js";
export { traceReports } from "./reports/trace.js";
export type { ReportOptions, ReportType } from "./reports/trace.js";
