// @ts-check
// The rules are valid, each alert that opens a ticket does so when it should, each one that pages is proven by replayed
// days, and Alertmanager receives what Prometheus finds.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { until } from "../browser/until.mjs";
import { open } from "./dashboards/shop.mjs";
import { startAlertmanager } from "./programs/alertmanager.mjs";
import { ROOT, built } from "./programs/program.mjs";

const run = promisify(execFile);
const RULES = join(ROOT, "deploy/prometheus/rules/throughline.yaml");

it("has rules that Prometheus takes", async () => {
  const { stdout } = await run(await built("promtool"), ["check", "rules", "--lint-fatal", RULES]);
  assert.match(stdout, /SUCCESS: \d+ rules found/);
});

it("opens a ticket for what is told in tickets.yaml, and for nothing less", async () => {
  await run(await built("promtool"), ["test", "rules", join(ROOT, "tests/cases/alerts/tickets.yaml")]);
});

it("pages on each bad day in time, and on no good one", async () => {
  const { stdout } = await run("cargo", ["xtask", "alerts", "--replay"], { cwd: ROOT });
  assert.match(stdout, /good: nobody is paged/);
});

it("tells Alertmanager, with the owner and the runbook of the alert", async () => {
  /** @type {any[]} */
  const told = [];
  const receiver = createServer(async (request, response) => {
    told.push(...JSON.parse(Buffer.concat(await request.toArray()).toString()).alerts);
    response.end();
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (receiver.address());
  const alertmanager = await startAlertmanager({ webhook: `http://127.0.0.1:${port}` });
  try {
    const shop = await open({ rules: await readFile(RULES, "utf8"), alertmanager: alertmanager.address });
    try {
      // A crawler visits more addresses than a service may have series.
      const alert = await until(
        () => told.find(({ labels }) => labels.alertname === "ThroughlineSeriesOverflow"),
        "the alert",
        () => told,
      );
      assert.equal(alert.status, "firing");
      assert.deepEqual([alert.labels.severity, alert.labels.owner, alert.labels.job], ["ticket", "platform", "search-api"]);
      assert.match(alert.annotations.runbook_url, /docs\/runbooks\/series-overflow\.md$/);
    } finally {
      await shop.close();
    }
  } finally {
    await alertmanager.stop();
    await alertmanager.remove();
    receiver.close();
  }
});
