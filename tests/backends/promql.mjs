// @ts-check
// Queries of Prometheus' language, as Prometheus and Thanos answer them, and points of counters for them.

import assert from "node:assert/strict";
import { read } from "./edge.mjs";
import { attributes, nanos } from "./telemetry.mjs";

/** The samples of an instant query, by their labels. @param {string} url @param {string} query @param {number} [at] ms */
export async function samples(url, query, at) {
  const time = at === undefined ? "" : `&time=${at / 1000}`;
  const { data } = await read(`${url}/api/v1/query?query=${encodeURIComponent(query)}${time}`);
  return /** @type {{ metric: Record<string, string>, value: [number, string] }[]} */ (data.result);
}

/** The one value of a query. @param {string} url @param {string} query @param {number} [at] ms */
export async function value(url, query, at) {
  const found = await samples(url, query, at);
  assert.ok(found.length <= 1, `one series has ${query}: ${JSON.stringify(found)}`);
  return found[0] && Number(found[0].value[1]);
}

/** A point of a counter. @param {number} at ms @param {number} count @param {string} [sku] */
export const point = (at, count, sku = "a") => ({
  startTimeUnixNano: nanos(at - 60_000),
  timeUnixNano: nanos(at),
  asInt: `${count}`,
  attributes: attributes({ "shop.sku": sku }),
});
