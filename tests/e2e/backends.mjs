// @ts-check
// Reads the trace of a purchase, its log lines and its requests back from Jaeger, Loki and Prometheus.

import { address } from './browser.mjs';
import { trace, until } from './viewer.mjs';

/**
 * Fails where a backend has something else than the viewer.
 * @param {string} viewer @param {string} traceId
 */
export async function inBackends(viewer, traceId) {
  const [jaeger, loki, prometheus] = ['JAEGER', 'LOKI', 'PROMETHEUS'].map((name) => address(`THROUGHLINE_${name}`));
  const { spans, logs } = await trace(viewer, traceId);
  const ids = (/** @type {string[]} */ of) => of.toSorted().join(' ');
  await until(`${jaeger}`, `/api/traces/${traceId}`, (/** @type {any} */ { data }) => {
    const there = data[0].spans.map((/** @type {any} */ { spanID }) => spanID);
    return ids(there) === ids(spans.map(({ span_id }) => span_id));
  });
  const query = encodeURIComponent(`{service_name=~".+"} | trace_id="${traceId}"`);
  await until(`${loki}`, `/loki/api/v1/query_range?query=${query}&limit=5000`, (/** @type {any} */ { data }) => {
    const there = data.result.flatMap((/** @type {any} */ { stream, values }) => values.map(() => stream.span_id));
    return ids(there) === ids(logs.map(({ span_id }) => span_id));
  });
  const requests = encodeURIComponent('sum(throughline_request_duration_seconds_count)');
  await until(`${prometheus}`, `/api/v1/query?query=${requests}`, (/** @type {any} */ { data }) => {
    // A Worker reports its counts behind a request, once they are due.
    void fetch(`${address('THROUGHLINE_SHOP')}/api/products`).then((response) => response.arrayBuffer(), () => {});
    return Number(data.result[0]?.value[1]) > 0;
  });
  return { spans: spans.length, logs: logs.length };
}
