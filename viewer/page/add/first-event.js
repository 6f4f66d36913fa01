// @ts-check
// Waits for the first event of a service that is being added.

/** @import { LogRecord, TraceRow } from "../types" */

import { fetchLogs, fetchStatus, fetchTraces } from "../api.js";
import { traceAddress } from "../navigation.js";

/** @typedef {{ service: string, name: string, address: string }} FirstEvent */

/**
 * Begins to wait. Of a service that the store knows already only later events count.
 * @param {string} service
 */
export async function firstEventOf(service) {
  const [status, known] = await Promise.all([fetchStatus(), newest(service)]);
  const services = new Set(status.services);
  const seen = new Set(known.map(identity));
  return {
    /**
     * The first event of the service, or of one that the store did not know; `null` where none has come.
     * @returns {Promise<FirstEvent | null>}
     */
    async look() {
      const now = await fetchStatus();
      const names = [service, ...now.services.filter((name) => !services.has(name) && name !== service)];
      for (const name of names) {
        const fresh = (await newest(name)).filter((event) => !seen.has(identity(event)));
        // The oldest of them, and of a trace and its records the trace.
        const first = fresh.findLast((event) => "root" in event) ?? fresh.at(-1);
        if (first) return described(name, first);
      }
      return null;
    },
  };
}

/** @param {string} service @returns {Promise<(TraceRow | LogRecord)[]>} */
async function newest(service) {
  // The newest log records are in the first answer.
  const [{ traces }, { logs }] = await Promise.all([fetchTraces({ service, limit: "100" }), fetchLogs({ service }, 100, 1)]);
  return [...traces, ...logs];
}

/** @param {TraceRow | LogRecord} event */
function identity(event) {
  return "root" in event ? event.trace_id : JSON.stringify(event);
}

/**
 * @param {string} service
 * @param {TraceRow | LogRecord} event
 * @returns {FirstEvent}
 */
function described(service, event) {
  if ("root" in event) return { service, name: event.root?.name ?? event.headline ?? "a trace", address: traceAddress(event.trace_id) };
  const { exception, event_name, trace_id, span_id } = event;
  const name = exception ? `${exception.type}: ${exception.message}` : event_name || "a log record";
  const list = `${exception ? "/errors" : "/logs"}?${new URLSearchParams({ service })}`;
  return { service, name, address: trace_id && span_id ? traceAddress(trace_id, span_id) : list };
}
