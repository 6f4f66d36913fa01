// @ts-check
// A rule over telemetry that went through the edge fires in Prometheus, and Alertmanager tells its receiver. What
// docs/dashboards.md configures is what both take, and each alert goes to its owner.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { it } from "node:test";
import { until } from "../browser/until.mjs";
import { read, startEdge } from "./edge.mjs";
import { startAlertmanager } from "./programs/alertmanager.mjs";
import { ROOT, folderFor, removed } from "./programs/program.mjs";
import { startPrometheus } from "./programs/prometheus.mjs";
import { attributes, metrics, nanos, sum } from "./telemetry.mjs";

const RULES = `
groups:
  - name: shop
    rules:
      - alert: OrdersFail
        expr: orders_failed_total{service_name="shop"} > 3
        labels: { owner: orders }
        annotations: { summary: "{{ $value }} orders have failed" }
`;

it("Alertmanager tells of a rule that fires in Prometheus, once it does", async () => {
  /** @type {any[]} */
  const told = [];
  const receiver = createServer(async (request, response) => {
    told.push(await json(request));
    response.end();
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (receiver.address());
  const alertmanager = await startAlertmanager({ webhook: `http://127.0.0.1:${port}/` });
  const prometheus = await startPrometheus({ rules: RULES, alertmanager: alertmanager.address });
  const edge = await startEdge([{ name: "prometheus", preset: "prometheus", url: prometheus.url }]);
  const failed = (/** @type {number} */ count) => {
    const now = Date.now();
    const point = { startTimeUnixNano: nanos(now - 60_000), timeUnixNano: nanos(now), asInt: `${count}`, attributes: attributes({}) };
    return edge.send("metrics", metrics([sum("orders.failed", [point])]));
  };
  const evaluated = async () => (await read(`${prometheus.url}/api/v1/rules`)).data.groups[0].rules[0];
  try {
    await failed(3);
    const begun = Date.now();
    await until(async () => Date.parse((await evaluated()).lastEvaluation) > begun, "an evaluation", evaluated);
    assert.equal((await evaluated()).state, "inactive");
    await failed(4);
    const seen = await until(() => told[0], "an alert", evaluated);
    assert.equal(seen.status, "firing");
    const [alert] = seen.alerts;
    assert.deepEqual(alert.labels, { alertname: "OrdersFail", job: "shop", owner: "orders", service_name: "shop", service_version: "1.4.2" });
    assert.equal(alert.annotations.summary, "4 orders have failed");
    const alerts = await read(`${alertmanager.url}/api/v2/alerts`);
    assert.deepEqual(
      alerts.map((/** @type {any} */ { labels, status }) => [labels.alertname, status.state]),
      [["OrdersFail", "active"]],
    );
    assert.deepEqual(await edge.account("metrics", 2), { exported: 2 });
  } finally {
    await edge.remove();
    await prometheus.stop();
    await prometheus.remove();
    await alertmanager.stop();
    await alertmanager.remove();
    receiver.closeAllConnections();
    receiver.close();
  }
});

/** The sections of YAML in a page of docs that begin with a key, one after the other. @param {string} name @param {...string} keys */
async function documented(name, ...keys) {
  const page = await readFile(join(ROOT, "docs", name), "utf8");
  const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text.replace(/^#.*\n/, ""));
  return keys.map((key) => {
    const block = blocks.find((text) => text.startsWith(`${key}:`));
    assert.ok(block, `docs/${name} has ${key}`);
    return block;
  });
}

it("Prometheus takes the YAML of docs/dashboards.md: it scrapes the edge, has the rules and knows Alertmanager", async () => {
  const folder = await folderFor("documented");
  const edge = await startEdge([{ name: "prometheus", preset: "prometheus", url: "http://127.0.0.1:9" }]);
  const alertmanager = await startAlertmanager({ webhook: "http://127.0.0.1:9/" });
  const key = join(folder, "stats-key");
  await writeFile(key, "sk_0123456789abcdef");
  const text = (await documented("dashboards.md", "storage", "scrape_configs", "rule_files"))
    .join("")
    .replace("/etc/prometheus/stats-key", key)
    .replace("throughline:4318", new URL(edge.url).host)
    .replace("/srv/throughline", ROOT)
    .replace("alertmanager:9093", alertmanager.address);
  const prometheus = await startPrometheus({ text: `global: { scrape_interval: 1s }\n${text}` });
  try {
    const targets = async () => (await read(`${prometheus.url}/api/v1/targets`)).data.activeTargets;
    const [target] = await until(async () => {
      const found = await targets();
      return found[0]?.health === "up" && found;
    }, "a scrape", targets);
    assert.equal(target.labels.job, "throughline");
    const managers = async () => (await read(`${prometheus.url}/api/v1/alertmanagers`)).data.activeAlertmanagers;
    const [manager] = await until(async () => (await managers()).length > 0 && managers(), "an Alertmanager", managers);
    assert.equal(manager.url, `http://${alertmanager.address}/api/v2/alerts`);
    const { groups } = (await read(`${prometheus.url}/api/v1/rules`)).data;
    assert.ok(groups.some((/** @type {any} */ { name }) => name === "throughline_pages"), "the rules of the checkout");
  } finally {
    await prometheus.stop();
    await prometheus.remove();
    await alertmanager.stop();
    await alertmanager.remove();
    await edge.remove();
    await removed(folder);
  }
});

it("Alertmanager takes the YAML of docs/who-owns-which-alert.md, and tells each alert to its owner", async () => {
  /** The receiver of each alert that was told. @type {Map<string, string>} */
  const told = new Map();
  const receiver = createServer(async (request, response) => {
    const { alerts } = /** @type {any} */ (await json(request));
    for (const { labels } of alerts) told.set(labels.alertname, (request.url ?? "").slice(1));
    response.end();
  });
  await once(receiver.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (receiver.address());
  const prometheus = await startPrometheus({ rules: await readFile(join(ROOT, "deploy/prometheus/rules/throughline.yaml"), "utf8") });
  const [route = ""] = await documented("who-owns-which-alert.md", "route");
  // Whom a receiver tells is the reader's; that it is told at once is this test's.
  const names = [...new Set([...route.matchAll(/receiver: (\S+)/g)].map(([, name]) => name))];
  const receivers = names.map((name) => `  - { name: ${name}, webhook_configs: [{ url: "http://127.0.0.1:${port}/${name}" }] }`);
  const config = `${route.replace("route:\n", "route:\n  group_wait: 100ms\n")}receivers:\n${receivers.join("\n")}\n`;
  const alertmanager = await startAlertmanager({ webhook: "", config });
  try {
    const { groups } = (await read(`${prometheus.url}/api/v1/rules`)).data;
    const rules = groups.flatMap((/** @type {any} */ of) => of.rules).filter((/** @type {any} */ { type }) => type === "alerting");
    const alerts = rules.map((/** @type {any} */ { name, labels }) => ({ labels: { alertname: name, job: "orders-api", ...labels } }));
    const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts),
    });
    assert.equal(response.status, 200, await response.text());
    await until(() => told.size === alerts.length, "all alerts", () => [...told]);
    const expected = alerts.map((/** @type {any} */ { labels: { alertname, severity, owner } }) => {
      const team = owner === "service" ? "services" : owner;
      return [alertname, severity === "page" ? `on-call-${team}` : `tickets-${team}`];
    });
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(expected));
  } finally {
    await alertmanager.stop();
    await alertmanager.remove();
    await prometheus.stop();
    await prometheus.remove();
    receiver.closeAllConnections();
    receiver.close();
  }
});
