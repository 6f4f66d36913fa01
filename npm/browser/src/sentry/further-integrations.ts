// Integrations of Sentry's packages that a page adds itself, and that parts of the client stand for.

import { captureConsole, type CapturedMethod } from "../sources/console.js";
import { captureViolations } from "../sources/violations.js";
import { captureWorker } from "../sources/worker.js";
import { reportErrors } from "../sources/in-worker.js";
import { traceUserTimings } from "../user-timings/trace.js";
import type { Integration } from "./event.js";
import { settings } from "./settings.js";
import { tell } from "./told.js";

/** Adds an integration, and sets it up: once `init` is called, where that comes later. */
export function addIntegration(integration: Integration): void {
  if (settings.integrations.some(({ name }) => name == integration.name)) return;
  settings.integrations = [...settings.integrations, integration];
  const { client } = settings;
  if (!client) return;
  for (const step of ["setupOnce", "setup", "afterAllSetup"] as const)
    try {
      integration[step]?.(client);
    } catch (reason) {
      tell(`the integration ${integration.name} could not be set up, the rest runs: ${reason}`);
    }
}

/**
 * The properties of an error that are its own as the context of its name: what is no text, number or boolean is JSON. Objects
 * that are nested deeper than `depth` (default 3) are `[Object]` and `[Array]`.
 */
export const extraErrorDataIntegration = ({ depth = 3, captureErrorCause = true }: { depth?: number; captureErrorCause?: boolean } = {}): Integration => ({
  name: "ExtraErrorData",
  processEvent(event, { originalException: error }) {
    if (!(error instanceof Error)) return event;
    const own = membersOf(error, Object.keys(error).filter((key) => !OF_EVERY_ERROR.includes(key)), depth - 1);
    try {
      if (captureErrorCause && error.cause !== undefined) own["cause"] = String(error.cause);
    } catch {
      // Its text cannot be read.
    }
    return Object.keys(own).length ? { ...event, contexts: { ...event.contexts, [error.name]: own } } : event;
  },
});

/** The properties of these names, without those that cannot be read. */
function membersOf(value: object, names: readonly string[], depth: number): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const name of names)
    try {
      all[name] = nested((value as Record<string, unknown>)[name], depth);
    } catch {
      // An accessor of the page's, or its `toJSON`, throws.
    }
  return all;
}

/** A value with objects of so many levels. */
function nested(value: unknown, depth: number): unknown {
  if (typeof value == "bigint") return String(value);
  if (typeof value != "object" || !value) return value;
  if (value instanceof Error) return String(value);
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON == "function") return nested(toJSON.call(value), depth - 1);
  if (depth <= 0) return Array.isArray(value) ? "[Array]" : "[Object]";
  const all = membersOf(value, Object.keys(value), depth - 1);
  return Array.isArray(value) ? Object.values(all) : all;
}

/** Calls of `console` as log records, those with an error among their arguments as that exception. All methods unless `levels` names some. */
export const consoleLoggingIntegration = (options?: { levels?: readonly string[] }): Integration => ({
  name: "ConsoleLogs",
  setup: () => void captureConsole(METHODS.filter((one) => options?.levels?.includes(one) ?? true)),
});

/** Violations of the content security policy. Of deprecations and interventions nothing is recorded. */
export const reportingObserverIntegration = (_options?: object): Integration => ({ name: "ReportingObserver", setup: () => void captureViolations() });

/** Marks and measures of the page. */
export const userTimingIntegration = (_options?: object): Integration => ({ name: "UserTiming", setup: () => void traceUserTimings() });

/** Uncaught errors of workers that call `registerWebWorker`. */
export function webWorkerIntegration({ worker }: { worker: Worker | Worker[] }): Integration & { addWorker(worker: Worker): void } {
  return {
    name: "WebWorker",
    setup() {
      for (const one of [worker].flat()) captureWorker(one);
    },
    addWorker: (one) => void captureWorker(one),
  };
}

/** In a worker: sends its uncaught errors to the page that has `webWorkerIntegration`. Call it first. */
export function registerWebWorker(_options?: { self?: unknown }): void {
  if ("importScripts" in globalThis) reportErrors();
}

const METHODS: readonly CapturedMethod[] = ["debug", "info", "warn", "error", "log"];
/** Properties that are attributes of the exception already, or differ by browser. */
const OF_EVERY_ERROR = ["name", "message", "stack", "cause", "line", "column", "fileName", "lineNumber", "columnNumber", "toJSON"];
