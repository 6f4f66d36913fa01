// @ts-check
// A rule over telemetry that went through the edge fires in Prometheus, and Alertmanager tells its receiver.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { it } from "node:test";
import { until } from "../browser/until.mjs";
import { read, startEdge } from "./edge.mjs";
import { startAlertmanager } from "./programs/alertmanager.mjs";
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
