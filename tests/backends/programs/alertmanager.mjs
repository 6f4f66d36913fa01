// @ts-check
// Alertmanager, which tells a receiver of alerts by HTTP.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { folderFor, freePorts, removed, responds, run } from "./program.mjs";

/**
 * Starts it. `address` is for Prometheus, `url` has its API.
 * @param {{ webhook: string, config?: string }} options `webhook`: what it tells. `config`: all of its configuration, in YAML
 */
export async function startAlertmanager({ webhook, config }) {
  await checkVersion();
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
  const program = await run(PROGRAM, args, { folder, ready: () => responds(`${url}/-/ready`) });
  return { ...program, folder, address, url, remove: () => removed(folder) };
}

/** Fails where Debian has another version than that of these tests. */
async function checkVersion() {
  const { stdout } = await promisify(execFile)(PROGRAM, ["--version"]);
  if (!stdout.includes(`version ${VERSION}.`)) throw new Error(`these tests are of Alertmanager ${VERSION}, and ${PROGRAM} is: ${stdout.split("\n")[0]}`);
}

const PROGRAM = "prometheus-alertmanager";
/** That of Debian 12 and of the table in tests/backends/README.md. */
const VERSION = "0.25";
