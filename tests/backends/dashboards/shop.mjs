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
 * Opens the shop: requests come until it is closed. `alertmanager` is its address, for the rules of this repository. On a
 * quiet day nothing goes wrong, nothing is sampled or redacted and no limit is met.
 * @param {{ rules?: string, alertmanager?: string, seed?: number, day?: import("./player.mjs").Day }} [options]
 */
export async function open({ rules, alertmanager, seed = 1, day = "busy" } = {}) {
  /** @type {(() => unknown)[]} */
  const closing = [];
  const close = async () => {
    for (const step of closing.reverse()) await step();
  };
  try {
    const [port = 0] = await freePorts(1);
    const traces = await startTraces(day);
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
    await writeFile(file, configuration({ port, traces: traces.url, loki: loki.url, prometheus: prometheus.url }, day));
    const url = `http://${edge}`;
    const running = await run(program, ["--config", file], { folder, ready: () => responds(`${url}/healthz`) });
    closing.push(running.stop);
    const opened = Date.now();
    closing.push(await play(url, SENDERS, seed, day));
    /** The edge's counts of itself. @returns {Promise<any>} */
    const stats = async () => {
      const response = await fetch(`${url}/stats`, { headers: { authorization: `Bearer ${STATS_KEY}` } });
      return response.json();
    };
    /** The look at all that has come so far. @param {Record<string, string>} values @returns {import("./panels.mjs").Look} */
    const look = (values) => ({
      prometheus: prometheus.url,
      loki: loki.url,
      from: Math.floor(opened / 1000) - 1,
      to: Date.now() / 1000,
      step: 2,
      // Four times the interval of scrapes and exports, as Grafana chooses it.
      rate: 4,
      values,
    });
    return { prometheus, loki, opened, stats, look, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A receiver of traces. On a busy day it refuses one request in forty, and of another it rejects a span. @param {import("./player.mjs").Day} day */
async function startTraces(day) {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume().once("end", () => {
      requests += 1;
      const turn = day === "busy" ? requests % 40 : 0;
      response.writeHead(turn === 20 ? 400 : 200, { "content-type": "application/json" });
      response.end(turn === 10 ? '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}' : "{}");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const close = () => (server.closeAllConnections(), new Promise((resolve) => server.close(resolve)));
  return { url: `http://127.0.0.1:${port}`, close };
}

/** @param {{ port: number, traces: string, loki: string, prometheus: string }} addresses @param {import("./player.mjs").Day} day */
const configuration = ({ port, traces, loki, prometheus }, day) => `
[native]
listen = "127.0.0.1:${port}"
threads = 1
[outcomes]
interval_ms = 1000
stats_key = "${STATS_KEY}"
${day === "busy" ? BUSY : QUIET}
[normalize]
routes = false
${day === "busy" ? "limits = { value_bytes = 200 }" : ""}
[[projects]]
name = "storefront"
keys = ["${SENDERS.page}"]
allowed_origins = ["${SENDERS.origin}"]
[[projects]]
name = "orders"
secret_keys = ["${SENDERS.service}"]
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

/** Samples, and has a small limit of a service's series, so that it is met. */
const BUSY = `
[metrics]
max_series = 40
[sampling.head]
probability = 0.25
[[sampling.head.keep]]
errors = true
`;
/** Redacts nothing. */
const QUIET = `
[scrub]
defaults = false
`;
const SENDERS = { page: "pk_shop", service: "sk_shop_0123456789abcdef", origin: "https://shop.example" };
const STATS_KEY = "sk_0123456789abcdef";
