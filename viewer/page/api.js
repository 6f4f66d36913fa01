// @ts-check
// The client of the JSON API; the only file that sends requests.

/** @import { Change, ErrorGroup, LogRecord, Status, TraceAnswer, TraceList, VitalsPage } from "./types" */

import { released } from "./press.js";

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
 * @param {string} traceId
 * @returns {Promise<TraceAnswer>}
 */
export const fetchTrace = (traceId) => get(`/api/traces/${encodeURIComponent(traceId)}`);

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<{logs: LogRecord[]}>}
 */
export const fetchLogs = (filter) => get(`/api/logs?${new URLSearchParams(filter)}`);

/** @returns {Promise<{errors: ErrorGroup[]}>} */
export const fetchErrors = () => get("/api/errors?limit=200");

/** @returns {Promise<{pages: VitalsPage[]}>} */
export const fetchVitals = () => get("/api/vitals");

/** @returns {Promise<Status>} */
export const fetchStatus = () => get("/api/status");

/**
 * Subscribes to changes for as long as the page is open.
 * @param {(change: Change) => void} changed
 * @param {(connected: boolean) => void} connection
 */
export function listen(changed, connection) {
  const events = new EventSource("/api/events");
  let lost = false;
  events.addEventListener("open", () => {
    connection(true);
    // Changes meanwhile were not sent, and it may be another store now.
    if (lost) changed(EVERYTHING);
    lost = false;
  });
  // The browser reconnects by itself.
  events.addEventListener("error", () => {
    lost = true;
    connection(false);
  });
  events.addEventListener("telemetry", (event) => changed(JSON.parse(event.data)));
}

/** @type {Change} */
const EVERYTHING = {
  traces: [],
  more_traces: true,
  logs: true,
  errors: true,
  vitals: true,
  edge: true,
  evicted: true,
};

/** @param {string} address */
async function get(address) {
  let response;
  try {
    response = await fetch(address);
  } catch {
    throw new ApiFailure("The store does not answer. Is `throughline dev` still running?", 0);
  }
  const body = await response.json().catch(() => ({ error: `The store answered ${response.status}.` }));
  await released();
  if (!response.ok) throw new ApiFailure(body.error, response.status);
  return body;
}
