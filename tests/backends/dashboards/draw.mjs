// @ts-check
// Draws the pictures of docs/dashboards: `node tests/backends/dashboards/draw.mjs 12` opens the shop for 12 minutes, asks
// the queries of every panel, and draws their answers. Without minutes it draws the answers of the last time again.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../programs/program.mjs";
import { dashboards, exemplars, looks, query } from "./panels.mjs";
import { picture } from "./picture.mjs";
import { open } from "./shop.mjs";

/** In a line, and in a chart. */
const POINTS = 60;
const MOST_EXEMPLARS = 40;
/** As in a Prometheus that scrapes every 15 s, s. */
const RATE = 60;
/** @type {Record<string, string>} */
const CHOSEN = { "throughline-requests": "orders-api|pricing-api", "throughline-sampling": "orders-api|pricing-api" };

const answersFile = join(ROOT, "target/dashboards/answers.json");
const folder = join(ROOT, "docs/dashboards");
const minutes = Number(process.argv[2] ?? 0);
if (minutes > 0) await ask(minutes);
const { time, answers } = JSON.parse(await readFile(answersFile, "utf8"));
await mkdir(folder, { recursive: true });
for (const dashboard of await dashboards()) {
  const file = join(folder, `${dashboard.uid.replace("throughline-", "")}.svg`);
  const drawn = picture(dashboard, answers[dashboard.uid], time);
  await writeFile(file, drawn);
  console.log(`${file} ${drawn.length} B`);
}

/** @param {number} minutes */
async function ask(minutes) {
  const shop = await open();
  try {
    await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
    const to = Math.floor(Date.now() / 1000);
    // Before that a rate is one of less than its time.
    const from = Math.floor(shop.opened / 1000) + RATE;
    const step = Math.max(2, Math.round((to - from) / POINTS));
    /** @type {Record<string, import("./picture.mjs").Answers>} */
    const answers = {};
    for (const dashboard of await dashboards()) {
      /** @type {import("./picture.mjs").Answers} */
      const found = {};
      const [values = {}] = looks(dashboard);
      // Somebody who looks for a cause chooses services; a crawler's addresses would hide the others.
      const chosen = { ...values, service: CHOSEN[dashboard.uid] ?? ".*" };
      const look = { prometheus: shop.prometheus.url, loki: shop.loki.url, from, to, step, rate: RATE, values: chosen };
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
      answers[dashboard.uid] = found;
    }
    await mkdir(join(ROOT, "target/dashboards"), { recursive: true });
    await writeFile(answersFile, JSON.stringify({ time: { from, to }, answers }));
  } finally {
    await shop.close();
  }
}
