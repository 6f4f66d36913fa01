// @ts-check
// Every query of every panel, and of every variable, finds something in the real Prometheus and Loki, once recorded
// requests of a shop have passed the edge: a busy day, which has something for each.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { until } from "../browser/until.mjs";
import { choices, dashboards, exemplars, finds, looks, query, shows } from "./dashboards/panels.mjs";
import { open } from "./dashboards/shop.mjs";

/** @type {import("./dashboards/shop.mjs").Shop} */
let shop;
before(async () => {
  shop = await open();
});
after(() => shop?.close());

for (const dashboard of await dashboards()) {
  it(`has something to show: ${dashboard.title}`, async () => {
    for (const values of looks(dashboard)) {
      for (const { name, query: of } of dashboard.templating.list) {
        if (typeof of === "string") continue; // The choice of a data source.
        const chosen = values[name];
        // One series comes by a scrape, another by an export: which is first is not said.
        await until(async () => {
          const all = await choices(of.query, dashboard, shop.look(values));
          return chosen ? all.includes(chosen) : all.length > 0;
        }, `${chosen ?? "a choice"} of ${name}`);
      }
      for (const panel of dashboard.panels) {
        for (const target of panel.targets ?? []) {
          const what = `${panel.title}, ${JSON.stringify(values)}: ${target.expr}`;
          const isThere = SHORT.includes(panel.title) ? shows : finds;
          await until(async () => isThere(panel, await query(target, dashboard, shop.look(values))), what);
          if (!target.exemplar) continue;
          await until(async () => {
            const found = await exemplars(target, dashboard, shop.look(values));
            return found.some((/** @type {any} */ { labels }) => /^[0-9a-f]{32}$/.test(labels.trace_id));
          }, `an exemplar of ${what}`);
        }
      }
    }
  });
}

it("counts in Prometheus as many records as the edge says of itself", async () => {
  const stats = async () => {
    const { ended } = await shop.stats();
    const exported = ended.filter((/** @type {any} */ { outcome }) => outcome === "exported");
    return exported.reduce((/** @type {number} */ sum, /** @type {any} */ { records }) => sum + records, 0);
  };
  const counted = async () => {
    const [dashboard] = await dashboards();
    assert.ok(dashboard);
    const expr = 'sum(throughline_edge_records_total{job="throughline-edge", throughline_outcome="exported"})';
    const target = { refId: "A", expr, legendFormat: "", datasource: { type: "prometheus" }, range: false };
    const { series } = await query(target, dashboard, shop.look({}));
    return series[0]?.points[0]?.[1] ?? 0;
  };
  const before = await stats();
  assert.ok(before > 0);
  // Records come all the time: what Prometheus has is between two looks at the edge.
  const found = await until(async () => {
    const now = await counted();
    return now >= before && now;
  }, `${before} records`);
  assert.ok(found <= (await stats()), `${found} records`);
});

/** Panels of what waits: a backend that takes all at once leaves nothing to see. */
const SHORT = ["Records that wait by backend", "Memory of what waits by backend"];
