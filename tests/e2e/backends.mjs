// @ts-check
// Reads a purchase back from Jaeger, Loki and Prometheus, follows exemplars, and waits for an alert in Alertmanager.

import { address } from './browser.mjs';
import { trace, until } from './viewer.mjs';

/**
 * Fails where a backend has something else than the viewer.
 * @param {string} viewer @param {string} traceId
 */
export async function inBackends(viewer, traceId) {
  const [jaeger, loki] = ['JAEGER', 'LOKI'].map((name) => address(`THROUGHLINE_${name}`));
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
  return { spans: spans.length, logs: logs.length };
}

/** Follows an exemplar of Prometheus to its trace in Jaeger; fails where its span is not there, or took another time. Returns the name of the span. */
export async function followExemplar() {
  const [jaeger, prometheus] = ['JAEGER', 'PROMETHEUS'].map((name) => address(`THROUGHLINE_${name}`));
  const range = `start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 600}`;
  const query = encodeURIComponent('throughline_request_duration_seconds_bucket{job="shop-edge"}');
  const found = await until(`${prometheus}`, `/api/v1/query_exemplars?query=${query}&${range}`, async (/** @type {any} */ { data }) => {
    // A Worker reports its counts behind a request, once they are due.
    await visit('/api/products');
    return data.length > 0;
  });
  const [{ labels, value }] = found.data[0].exemplars;
  const { data } = await until(`${jaeger}`, `/api/traces/${labels.trace_id}`, (/** @type {any} */ { data }) =>
    data[0].spans.some((/** @type {any} */ { spanID }) => spanID === labels.span_id),
  );
  const span = data[0].spans.find((/** @type {any} */ { spanID }) => spanID === labels.span_id);
  // Jaeger has whole microseconds.
  if (Math.abs(span.duration / 1e6 - Number(value)) > 2e-6) throw new Error(`the exemplar is of ${value} s, its span took ${span.duration} µs`);
  return String(span.operationName);
}

/**
 * Follows an exemplar of a web vital in Prometheus to its trace in Jaeger, and to the measurement in Loki; fails where its
 * span is not there, or another value was measured. Returns the name of the span.
 * @param {() => Promise<void>} shopping what happens in the shop until there is one
 */
export async function followVital(shopping) {
  const [jaeger, prometheus, loki] = ['JAEGER', 'PROMETHEUS', 'LOKI'].map((name) => address(`THROUGHLINE_${name}`));
  const range = `start=${Date.now() / 1000 - 600}&end=${Date.now() / 1000 + 600}`;
  const query = encodeURIComponent('throughline_web_vital_lcp_milliseconds_bucket{job="shop-web"}');
  const found = await until(`${prometheus}`, `/api/v1/query_exemplars?query=${query}&${range}`, async (/** @type {any} */ { data }) => {
    if (data.length === 0) await shopping();
    return data.length > 0;
  });
  const [{ labels, value }] = found.data[0].exemplars;
  const { data } = await until(`${jaeger}`, `/api/traces/${labels.trace_id}`, (/** @type {any} */ { data }) =>
    data[0].spans.some((/** @type {any} */ { spanID }) => spanID === labels.span_id),
  );
  const lines = encodeURIComponent(`{service_name="shop-web"} | trace_id="${labels.trace_id}" | span_id="${labels.span_id}" | browser_web_vital_name="lcp"`);
  const { data: stored } = await until(`${loki}`, `/loki/api/v1/query_range?query=${lines}`, (/** @type {any} */ { data }) => data.result.length > 0);
  const measured = stored.result.map((/** @type {any} */ { stream }) => Number(stream.browser_web_vital_value));
  if (!measured.includes(Number(value))) throw new Error(`the exemplar is of ${value} ms, Loki has ${measured} of its span`);
  return String(data[0].spans.find((/** @type {any} */ { spanID }) => spanID === labels.span_id).operationName);
}

/** Makes a service fail until the rules of this repository page somebody, and Alertmanager says so. Returns the alert's summary. */
export async function inAlertmanager() {
  const alert = 'ServiceErrorBudgetBurn';
  const filter = encodeURIComponent(`alertname="${alert}"`);
  const alerts = await until(address('THROUGHLINE_ALERTMANAGER'), `/api/v2/alerts?filter=${filter}`, async (/** @type {any[]} */ alerts) => {
    for (let request = 0; request < 5; request++) await visit('/api/vouchers/BROKEN');
    return alerts.some(({ labels }) => labels.job === 'shop-edge');
  });
  const { labels, annotations, status } = alerts.find(({ labels }) => labels.job === 'shop-edge');
  const said = [labels.severity, labels.owner, status.state].join(' ');
  if (said !== 'page service active') throw new Error(`${alert} is ${said}`);
  if (!annotations.runbook_url.endsWith('/docs/runbooks/service-error-budget-burn.md')) throw new Error(`its runbook is ${annotations.runbook_url}`);
  return String(annotations.summary);
}

/** Requests something of the shop, whatever it responds. @param {string} path */
export const visit = async (path) => void (await (await fetch(`${address('THROUGHLINE_SHOP')}${path}`)).arrayBuffer());
