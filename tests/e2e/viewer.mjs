// @ts-check
// The client of the viewer's JSON API.

/**
 * @typedef {{ trace_id: string, span_id: string, parent_span_id: string | null, name: string,
 *   kind: string, service: string, start_unix_nano: string, end_unix_nano: string,
 *   status: { code: string | number, message?: string },
 *   attributes: Record<string, unknown>,
 *   links: { trace_id: string, span_id: string }[] }} Span
 * @typedef {{ event_name: string, body: unknown, attributes: Record<string, unknown>,
 *   trace_id: string, span_id: string, service: string, severity_number: number, time_unix_nano: string }} LogRecord
 * @typedef {{ metric: string, service: string, attributes: Record<string, unknown>, value: number,
 *   trace_id: string, span_id: string }} Exemplar
 * @typedef {{ message: string, recent: { trace_id: string }[] }} ErrorGroup
 * @typedef {{ trace_id: string, spans: Span[], logs: LogRecord[],
 *   linked: { trace_id: string, span_id: string }[] }} Trace
 */

/** The longest time from the page to the viewer, ms: the page's batch interval, the
 * services' batch processors and the queue, and some time for a busy machine. */
const TIMEOUT_MS = 60_000;
const PAUSE_MS = 200;

/**
 * Reads `path` until `enough` returns true; fails with the last response.
 * @template T
 * @param {string} viewer
 * @param {string} path
 * @param {(result: T) => boolean | Promise<boolean>} enough
 * @returns {Promise<T>}
 */
export async function until(viewer, path, enough) {
  const deadline = Date.now() + TIMEOUT_MS;
  let last = 'nothing';
  while (Date.now() < deadline) {
    const response = await fetch(viewer + path);
    const text = await response.text();
    last = `${response.status} ${text}`;
    if (response.ok) {
      const result = JSON.parse(text);
      if (await enough(result)) return result;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`${path} was not complete within ${TIMEOUT_MS} ms; last response: ${last.slice(0, 4000)}`);
}

/** @param {string} viewer @param {string} traceId @returns {Promise<Trace>} */
export async function trace(viewer, traceId) {
  const response = await fetch(`${viewer}/api/traces/${traceId}`);
  if (!response.ok) throw new Error(`trace ${traceId}: ${response.status} ${await response.text()}`);
  return /** @type {Promise<Trace>} */ (response.json());
}
