// The entry of the package behind `@opentelemetry/api`: existing calls of it work.

import { onShutdown } from "./control/started.js";
import { context, metrics, propagation, trace } from "@opentelemetry/api";
import { loggerProvider } from "./opentelemetry/logger.js";
import { meterProvider } from "./opentelemetry/metrics/provider.js";
import { contextManager } from "./opentelemetry/open.js";
import { propagator } from "./opentelemetry/propagator.js";
import { tracerProvider } from "./opentelemetry/tracer.js";

/** Registrations besides those of `@opentelemetry/api`. */
export interface OtelOptions {
  /** `logs` of `@opentelemetry/api-logs`, in a page that uses it. */
  logs?: { setGlobalLoggerProvider(provider: never): unknown; disable?(): void };
}

/**
 * Registers tracers, the context manager, the propagator, meters and, if it is given the API, loggers. Call it before
 * the page calls `metrics.getMeter`: meters of OpenTelemetry that were made before record nothing.
 * Outside a page (server-side rendering) it does nothing. Returns whether they are in use:
 * what another has registered before stays.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 * import { registerOtel } from "@throughline/browser/otel";
 * import { logs } from "@opentelemetry/api-logs";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * registerOtel({ logs });
 * ```
 */
export function registerOtel({ logs }: OtelOptions = {}): boolean {
  if (!(globalThis as { document?: unknown }).document) return false;
  const isLogging = logs?.setGlobalLoggerProvider(loggerProvider as never) == loggerProvider;
  // All are called.
  const used = [
    trace.setGlobalTracerProvider(tracerProvider),
    context.setGlobalContextManager(contextManager),
    propagation.setGlobalPropagator(propagator),
    metrics.setGlobalMeterProvider(meterProvider),
  ];
  onShutdown(() => {
    if (isLogging) logs?.disable?.();
    [trace, context, propagation, metrics].forEach((api, at) => used[at] && api.disable());
  });
  return used.every(Boolean);
}
