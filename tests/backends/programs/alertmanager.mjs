// @ts-check
// Alertmanager, which tells a receiver of alerts by HTTP.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { folderFor, freePorts, removed, responds, run } from "./program.mjs";

/**
 * Starts it. `address` is for Prometheus, `url` has its API.
 * @param {{ webhook: string, config?: string }} options `webhook`: what it tells. `config`: all of its configuration, in YAML
 */
export async function startAlertmanager({ webhook, config }) {
  const folder = await folderFor("alertmanager");
  const [port = 0] = await freePorts(1);
  const file = join(folder, "alertmanager.json");
  // JSON is YAML.
  const ours = {
    route: { receiver: "webhook", group_wait: "100ms", group_interval: "1s" },
    receivers: [{ name: "webhook", webhook_configs: [{ url: webhook }] }],
  };
  await writeFile(file, config ?? JSON.stringify(ours));
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;
  const args = [
    `--config.file=${file}`,
    `--storage.path=${join(folder, "data")}`,
    `--web.listen-address=${address}`,
    // Alone: no others to find.
    "--cluster.listen-address=",
  ];
  const program = await run("prometheus-alertmanager", args, { folder, ready: () => responds(`${url}/-/ready`) });
  return { ...program, folder, address, url, remove: () => removed(folder) };
}
