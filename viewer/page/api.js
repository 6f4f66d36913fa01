// @ts-check
// The client of the JSON API; the only file that sends requests.

/** @import { Durations, Metric, MetricList, Route, ServiceMap, Session, SessionRow } from "./overviews" */
/** @import { EngineFailure, ErrorGroup, LogList, Outcomes, Status, TraceResult, TraceList, Trend, VitalsPage } from "./types" */

import { pointerReleased } from "./pointer.js";

/** A failed request; the message is for the person at the screen. */
export class ApiFailure extends Error {
  /**
   * @param {string} message
   * @param {number} status 0 when there was no response
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<TraceList>}
 */
export const fetchTraces = (filter) => get(`/api/traces?${new URLSearchParams(filter)}`);

/**
 * A trace. In the response its records have the indexes of their resource and scope.
 * @param {string} traceId
 * @returns {Promise<TraceResult>}
 */
export async function fetchTrace(traceId) {
  const result = await get(`/api/traces/${encodeURIComponent(traceId)}`);
  for (const record of [...result.spans, ...result.logs]) record.resource = result.resources[record.resource];
  for (const span of result.spans) span.scope = result.scopes[span.scope];
  return result;
}

/**
 * A trace as the API responds with it: each resource once.
 * @param {TraceResult} trace
 */
export function traceJson({ spans, logs, ...rest }) {
  const resources = new Map(rest.resources.map((resource, index) => [resource, index]));
  const scopes = new Map(rest.scopes.map((scope, index) => [scope, index]));
  return JSON.stringify(
    {
      ...rest,
      spans: spans.map((span) => ({ ...span, resource: resources.get(span.resource), scope: scopes.get(span.scope) })),
      logs: logs.map((log) => ({ ...log, resource: resources.get(log.resource) })),
    },
    null,
    2,
  );
}

/**
 * Log records up to a number. An answer may have fewer though there are older ones that match: it looks at
 * some of them only.
 * @param {Record<string, string>} filter
 * @param {number} limit
 * @param {number} [most] answers that are asked for
 * @returns {Promise<LogList>}
 */
export async function fetchLogs(filter, limit, most = MOST_ANSWERS) {
  /** @type {LogList} */
  const all = { logs: [], next: filter.before ?? null, looked_at: 0 };
  for (let answers = 0; answers < most && all.logs.length < limit && (all.next !== null || answers === 0); answers++) {
    const rest = { ...filter, limit: String(limit - all.logs.length), ...(all.next !== null && { before: all.next }) };
    const { logs, next, looked_at } = await get(`/api/logs?${new URLSearchParams(rest)}`);
    all.logs.push(...logs);
    all.next = next;
    all.looked_at += looked_at;
  }
  return all;
}

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<{errors: ErrorGroup[], next: string | null, trend: Trend, engine_failures: EngineFailure[]}>}
 */
export const fetchErrors = (filter) => get(`/api/errors?${new URLSearchParams({ ...filter, limit: "200" })}`);

/**
 * Marks an error as resolved, or takes that back.
 * @param {"resolve" | "reopen"} change
 * @param {string} id of the group
 */
export const changeError = (change, id) => send(`/api/errors/${change}?${new URLSearchParams({ group: id })}`, { method: "POST" });

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<{pages: VitalsPage[]}>}
 */
export const fetchVitals = (filter) => get(`/api/vitals?${new URLSearchParams(filter)}`);

/**
 * Keys of attributes that begin with `start`, or the values of `key` that do.
 * @param {Record<string, string>} parameters
 * @returns {Promise<{keys?: {text: string, values: number}[], values?: {text: string, traces: number}[]}>}
 */
export const fetchAttributes = (parameters) => get(`/api/attributes?${new URLSearchParams(parameters)}`);

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<{routes: Route[], spans: number, whole: boolean, trend: Trend}>}
 */
export const fetchRoutes = (filter) => get(`/api/routes?${new URLSearchParams(filter)}`);

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<Durations>}
 */
export const fetchDurations = (filter) => get(`/api/durations?${new URLSearchParams(filter)}`);

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<{sessions: SessionRow[], next: string | null}>}
 */
export const fetchSessions = (filter) => get(`/api/sessions?${new URLSearchParams(filter)}`);

/**
 * @param {string} id
 * @returns {Promise<Session>}
 */
export const fetchSession = (id) => get(`/api/session?${new URLSearchParams({ session_id: id })}`);

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<ServiceMap>}
 */
export const fetchServices = (filter) => get(`/api/services?${new URLSearchParams(filter)}`);

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<MetricList>}
 */
export const fetchMetrics = (filter) => get(`/api/metrics?${new URLSearchParams({ ...filter, limit: "1000" })}`);

/**
 * One metric in steps of time.
 * @param {Record<string, string>} filter
 * @returns {Promise<Metric>}
 */
export const fetchMetric = (filter) => get(`/api/metric?${new URLSearchParams(filter)}`);

/** @returns {Promise<Status>} */
export const fetchStatus = () => get("/api/status");

/** @returns {Promise<Outcomes>} */
export const fetchOutcomes = () => get("/api/outcomes");

/** @param {string} address */
const get = (address) => send(address, {});

/**
 * @param {string} address
 * @param {RequestInit} options
 */
async function send(address, options) {
  let response;
  try {
    response = await fetch(address, options);
  } catch {
    throw new ApiFailure("The store does not respond. Is `throughline dev` still running?", 0);
  }
  const body = await response.json().catch(() => ({ error: `The response of the store has the status ${response.status}.` }));
  await pointerReleased();
  if (!response.ok) throw new ApiFailure(body.error, response.status);
  return body;
}

/** Answers that are asked for one list: with those, 200,000 log records are looked at. */
const MOST_ANSWERS = 20;
