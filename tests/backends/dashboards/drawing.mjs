// @ts-check
// Draws the pictures of docs/dashboards from what Prometheus and Loki answer to the queries of every panel.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../programs/program.mjs";
import { dashboards, exemplars, looks, query } from "./panels.mjs";
import { picture } from "./picture.mjs";

/** In a line, and in a chart. */
const POINTS = 60;
const MOST_EXEMPLARS = 40;
/** As in a Prometheus that scrapes every 15 s, s. */
const RATE = 60;

/**
 * Asks the queries of all panels for the time between two times in s, draws a picture for each dashboard, and returns their files.
 * @param {{ prometheus: string, loki: string, from: number, to: number }} where
 */
export async function drawAll({ prometheus, loki, from, to }) {
  const step = Math.max(2, Math.round((to - from) / POINTS));
  const folder = join(ROOT, "docs/dashboards");
  await mkdir(folder, { recursive: true });
  const files = [];
  for (const dashboard of await dashboards()) {
    /** @type {import("./picture.mjs").Answers} */
    const found = {};
    const [values = {}] = looks(dashboard);
    const look = { prometheus, loki, from, to, step, rate: RATE, values: { ...values, service: ".*" } };
    for (const panel of dashboard.panels) {
      for (const target of panel.targets ?? []) {
        const points = target.exemplar ? await exemplars(target, dashboard, look) : [];
        found[`${panel.id} ${target.refId}`] = {
          ...(await query(target, dashboard, look)),
          exemplars: points
            .filter((/** @type {any} */ _, /** @type {number} */ index) => index % Math.ceil(points.length / MOST_EXEMPLARS) === 0)
            .map((/** @type {any} */ { timestamp, value }) => ({ time: timestamp, value: Number(value) })),
        };
      }
    }
    const file = join(folder, `${dashboard.uid.replace("throughline-", "")}.svg`);
    await writeFile(file, picture(dashboard, found, { from, to }));
    files.push(file);
  }
  return files;
}
