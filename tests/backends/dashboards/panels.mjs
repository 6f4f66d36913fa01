// @ts-check
// The panels of the dashboards, and their queries as Grafana sends them to Prometheus and Loki.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../programs/program.mjs";

/**
 * @typedef {{ refId: string, expr: string, legendFormat: string, datasource: { type: string }, range?: boolean,
 *   queryType?: string, exemplar?: boolean }} Target
 * @typedef {{ id: number, title: string, type: string, gridPos: { x: number, y: number, w: number, h: number },
 *   targets?: Target[], fieldConfig?: any, options?: any, transformations?: any[] }} Panel
 * @typedef {{ uid: string, title: string, panels: Panel[], templating: { list: { name: string, type: string,
 *   query: string | { query: string }, includeAll: boolean }[] } }} Dashboard
 * @typedef {{ labels: Record<string, string>, points: [number, number][] }} Series times in s
 * @typedef {{ labels: Record<string, string>, lines: [string, string][] }} Stream times in ns
 * @typedef {{ prometheus: string, loki: string, from: number, to: number, step: number, rate: number, values: Record<string, string> }} Look
 * `from`, `to`, `step`, and `rate`, the time that a rate is of: in s. `values`: of the variables that have one value
 */

/** All dashboards. @returns {Promise<Dashboard[]>} */
export async function dashboards() {
  const folder = join(ROOT, "deploy/grafana/dashboards");
  const files = (await readdir(folder)).sort();
  return Promise.all(files.map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8"))));
}

/** A query with its variables replaced, as Grafana does. @param {string} expr @param {Dashboard} dashboard @param {Look} look */
function expanded(expr, dashboard, { from, to, step, rate, values }) {
  /** @type {Record<string, string>} */
  const known = {
    __range: `${Math.round(to - from)}s`,
    __interval: `${step}s`,
    __rate_interval: `${rate}s`,
  };
  for (const { name, includeAll } of dashboard.templating.list) known[name] = values[name] ?? (includeAll ? ".*" : "");
  return expr.replace(/\$\{?(\w+)\}?/g, (whole, name) => known[name] ?? whole);
}

/**
 * Runs a query. @param {Target} target @param {Dashboard} dashboard @param {Look} look
 * @returns {Promise<{ series: Series[], streams: Stream[] }>}
 */
export async function query(target, dashboard, look) {
  const expr = expanded(target.expr, dashboard, look);
  const isRange = target.range ?? target.queryType === "range";
  const isLoki = target.datasource.type === "loki";
  const base = isLoki ? `${look.loki}/loki/api/v1` : `${look.prometheus}/api/v1`;
  /** @type {Record<string, string>} */
  const parameters = isRange
    ? { query: expr, start: `${look.from}`, end: `${look.to}`, step: `${look.step}`, ...(isLoki && { limit: "50" }) }
    : { query: expr, time: `${look.to}` };
  const { resultType, result } = await get(`${base}/query${isRange ? "_range" : ""}`, parameters);
  if (resultType === "streams") {
    return { series: [], streams: result.map((/** @type {any} */ of) => ({ labels: of.stream, lines: of.values })) };
  }
  const series = result.map((/** @type {any} */ of) => ({
    labels: of.metric,
    points: (of.values ?? [of.value]).map((/** @type {[number, string]} */ [time, value]) => [time, Number(value)]),
  }));
  return { series, streams: [] };
}

/** The exemplars of a query. @param {Target} target @param {Dashboard} dashboard @param {Look} look */
export async function exemplars(target, dashboard, look) {
  const expr = expanded(target.expr, dashboard, look);
  const found = await get(`${look.prometheus}/api/v1/query_exemplars`, { query: expr, start: `${look.from}`, end: `${look.to}` });
  return found.flatMap((/** @type {any} */ of) => of.exemplars);
}

/** The values of a variable. @param {string} values its query @param {Dashboard} dashboard @param {Look} look @returns {Promise<string[]>} */
export async function choices(values, dashboard, look) {
  const [, selector = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(values) ?? [];
  return get(`${look.prometheus}/api/v1/label/${label}/values`, { "match[]": expanded(selector, dashboard, look) });
}

/** @param {string} url @param {Record<string, string>} parameters @returns {Promise<any>} */
async function get(url, parameters) {
  const response = await fetch(`${url}?${new URLSearchParams(parameters)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${parameters.query ?? url}: ${response.status} ${text}`);
  return JSON.parse(text).data;
}

/** Whether a query has something to show: a number for a panel of one, a line of points for a chart. @param {Panel} panel @param {Awaited<ReturnType<typeof query>>} result */
export const shows = (panel, { series, streams }) =>
  panel.type === "logs"
    ? streams.some(({ lines }) => lines.length > 0)
    : series.some(({ points }) => points.filter(([, value]) => Number.isFinite(value)).length > (panel.type === "timeseries" ? 1 : 0));

/** Whether a query finds what it asks for: it has something to show, and not only the zeros that stand for nothing. @param {Panel} panel @param {Awaited<ReturnType<typeof query>>} result */
export const finds = (panel, result) =>
  shows(panel, result) && (panel.type === "logs" || result.series.some(({ points }) => points.some(([, value]) => Number.isFinite(value) && value !== 0)));

/** The values that a dashboard is looked at with, of variables with one value. @param {Dashboard} dashboard @returns {Record<string, string>[]} */
export const looks = (dashboard) =>
  dashboard.templating.list.some(({ name }) => name === "side") ? [{ side: "server" }, { side: "page" }] : [{ edge: "throughline-edge" }];
