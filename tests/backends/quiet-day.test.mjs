// @ts-check
// On a quiet day, on which nothing fails, nothing is sampled or redacted and no limit is met, a panel says so: with 0, or
// with 100 %, and not with "No data", which is what one sees where counts do not arrive. tests/cases/dashboards/quiet.json lists the values.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, it } from "node:test";
import { until } from "../browser/until.mjs";
import { dashboards, looks, query, shows } from "./dashboards/panels.mjs";
import { open } from "./dashboards/shop.mjs";

/**
 * A panel of which one value is right, or which has nothing to show, and why. `query`: the letter of one of its queries.
 * `values`: of variables, where they are others than usual.
 * @typedef {{ dashboard: string, panel: string, query?: string, values?: Record<string, string>, value?: number, nothing?: string }} Expected
 */
/** @type {Expected[]} */
const all = JSON.parse(await readFile(new URL("../cases/dashboards/quiet.json", import.meta.url), "utf8"));

/** @type {import("./dashboards/shop.mjs").Shop} */
let shop;
before(async () => {
  shop = await open({ day: "quiet" });
});
after(() => shop?.close());

for (const dashboard of await dashboards()) {
  const expected = all.filter((one) => one.dashboard === dashboard.uid);
  it(`says on a quiet day that nothing is wrong: ${dashboard.title}`, async () => {
    for (const { panel } of expected) assert.ok(dashboard.panels.some(({ title }) => title === panel), `quiet.json lists "${panel}"`);
    const further = expected.flatMap(({ values }) => (values ? [values] : []));
    for (const values of [...looks(dashboard), ...further]) {
      for (const panel of dashboard.panels) {
        for (const target of panel.targets ?? []) {
          const of = expected.filter((one) => one.panel === panel.title && (one.query ?? target.refId) === target.refId);
          if (of.some(({ nothing }) => nothing)) continue;
          const what = `${panel.title}, ${JSON.stringify(values)}: ${target.expr}`;
          const { series } = await until(async () => {
            const found = await query(target, dashboard, shop.look(values));
            return shows(panel, found) && found;
          }, what);
          const right = of.find((one) => !one.values || one.values === values)?.value;
          if (right === undefined) continue;
          const shown = new Set(series.flatMap(({ points }) => points.map(([, value]) => value)).filter(Number.isFinite));
          assert.deepEqual([...shown], [right], what);
        }
      }
    }
  });
}
