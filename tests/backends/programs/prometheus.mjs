// @ts-check
// Prometheus with its OTLP receiver and its storage of exemplars.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { built, folderFor, freePorts, removed, responds, run } from "./program.mjs";

/**
 * @typedef {{
 *   text?: string, rules?: string, alertmanager?: string, config?: string, scrapes?: Record<string, string>, outOfOrder?: string, earlier?: import("./program.mjs").Place,
 * }} Options `text`: all of the configuration, in place of what the others say. `rules`: the text of a file of rules. `alertmanager`: its host and port. `config`: further
 * sections of the configuration. `scrapes`: host and port of what is scraped, by job. `outOfOrder`: how late samples may
 * come, such as "30m". `earlier`: one that has been stopped, whose port and data it takes over.
 * @typedef {Awaited<ReturnType<typeof startPrometheus>>} Prometheus
 */

/** Starts it. @param {Options} [options] */
export async function startPrometheus({ text, rules, alertmanager, config = "", scrapes = {}, outOfOrder, earlier } = {}) {
  const folder = earlier?.folder ?? (await folderFor("prometheus"));
  const [port = 0] = earlier?.ports ?? (await freePorts(1));
  const jobs = Object.entries(scrapes).map(([job, target]) => `  - { job_name: ${job}, static_configs: [{ targets: ["${target}"] }] }`);
  const ours = `
global: { scrape_interval: 1s, evaluation_interval: 1s }
otlp: { promote_resource_attributes: [service.name, service.version, deployment.environment.name] }
storage: { tsdb: { out_of_order_time_window: ${outOfOrder ?? "0s"} } }
${jobs.length ? `scrape_configs:\n${jobs.join("\n")}` : ""}
${rules ? "rule_files: [rules.yaml]" : ""}
${alertmanager ? `alerting: { alertmanagers: [{ static_configs: [{ targets: ["${alertmanager}"] }] }] }` : ""}
${config}
`;
  const file = join(folder, "prometheus.yaml");
  await writeFile(file, text ?? ours);
  if (rules) await writeFile(join(folder, "rules.yaml"), rules);
  const url = `http://127.0.0.1:${port}`;
  const program = await run(
    await built("prometheus"),
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-otlp-receiver",
      "--enable-feature=exemplar-storage",
    ],
    { folder, ready: () => responds(`${url}/-/ready`) },
  );
  return { ...program, folder, ports: [port], url, remove: () => removed(folder) };
}
