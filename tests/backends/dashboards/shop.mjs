// @ts-check
// The edge between recorded requests of a shop, and Prometheus, Loki and a receiver of traces.

import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { startLoki } from "../programs/loki.mjs";
import { startPrometheus } from "../programs/prometheus.mjs";
import { ROOT, folderFor, freePorts, removed, responds, run } from "../programs/program.mjs";
import { start as play } from "./player.mjs";

/** @typedef {Awaited<ReturnType<typeof open>>} Shop */

/** The native host, as the test command has built it. */
export const program = process.env.THROUGHLINE_PROGRAM ?? join(ROOT, "target/debug/throughline");

/**
 * Opens the shop: requests come until it is closed. `alerting` is Alertmanager's address, for the rules of this repository.
 * @param {{ rules?: string, alertmanager?: string, seed?: number }} [options]
 */
export async function open({ rules, alertmanager, seed = 1 } = {}) {
  /** @type {(() => unknown)[]} */
  const closing = [];
  const close = async () => {
    for (const step of closing.reverse()) await step();
  };
  try {
    const [port = 0] = await freePorts(1);
    const traces = await startTraces();
    closing.push(traces.close);
    const edge = `127.0.0.1:${port}`;
    const scrape = { job_name: "throughline", authorization: { credentials: STATS_KEY }, static_configs: [{ targets: [edge] }] };
    const prometheus = await startPrometheus({
      // JSON is YAML.
      config: `scrape_configs: ${JSON.stringify([scrape])}`,
      // Two exports that wait for the network may arrive in either order.
      outOfOrder: "30m",
      ...(rules && { rules }),
      ...(alertmanager && { alertmanager }),
    });
    closing.push(prometheus.remove, prometheus.stop);
    const loki = await startLoki();
    closing.push(loki.remove, loki.stop);
    const folder = await folderFor("edge");
    closing.push(() => removed(folder));
    const file = join(folder, "throughline.toml");
    await writeFile(file, configuration({ port, traces: traces.url, loki: loki.url, prometheus: prometheus.url }));
    const url = `http://${edge}`;
    const running = await run(program, ["--config", file], { folder, ready: () => responds(`${url}/healthz`) });
    closing.push(running.stop);
    const opened = Date.now();
    closing.push(await play(url, SENDERS, seed));
    /** The edge's counts of itself. @returns {Promise<any>} */
    const stats = async () => {
      const response = await fetch(`${url}/stats`, { headers: { authorization: `Bearer ${STATS_KEY}` } });
      return response.json();
    };
    return { prometheus, loki, opened, stats, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A receiver of traces that takes most requests: one in forty it refuses, and of another it rejects a span. */
async function startTraces() {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      requests += 1;
      const isRefused = requests % 40 === 20;
      response.writeHead(isRefused ? 400 : 200, { "content-type": "application/json" });
      response.end(requests % 40 === 10 ? '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}' : "{}");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${port}`, close };
}

/** Small limits, so that they are met: of values, and of the series of a service. @param {{ port: number, traces: string, loki: string, prometheus: string }} addresses */
const configuration = ({ port, traces, loki, prometheus }) => `
[native]
listen = "127.0.0.1:${port}"
threads = 1
[outcomes]
interval_ms = 1000
stats_key = "${STATS_KEY}"
[metrics]
max_series = 40
[normalize]
routes = false
limits = { value_bytes = 200 }
[[projects]]
name = "storefront"
keys = ["${SENDERS.page}"]
allowed_origins = ["${SENDERS.origin}"]
[[projects]]
name = "orders"
secret_keys = ["${SENDERS.service}"]
[sampling.head]
probability = 0.25
[[sampling.head.keep]]
errors = true
[[backends]]
name = "traces"
url = "${traces}"
signals = ["traces"]
encoding = "json"
[[backends]]
name = "loki"
preset = "loki"
url = "${loki}"
[[backends]]
name = "prometheus"
preset = "prometheus"
url = "${prometheus}"
`;

const SENDERS = { page: "pk_shop", service: "sk_shop_0123456789abcdef", origin: "https://shop.example" };
const STATS_KEY = "sk_0123456789abcdef";
