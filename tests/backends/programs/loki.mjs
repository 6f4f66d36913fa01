// @ts-check
// Loki in one process, with its data in a folder.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { built, folderFor, freePorts, removed, responds, run } from "./program.mjs";

/**
 * @typedef {{ limits?: Record<string, string | number | boolean>, mostBytes?: number, earlier?: import("./program.mjs").Place }} Options `limits`: keys of
 * `limits_config`. `mostBytes`: of a request. `earlier`: one that has been stopped, whose port and data it takes over.
 * @typedef {Awaited<ReturnType<typeof startLoki>>} Loki
 */

/** Starts it. @param {Options} [options] */
export async function startLoki({ limits = {}, mostBytes, earlier } = {}) {
  const folder = earlier?.folder ?? (await folderFor("loki"));
  const [port = 0, grpc = 0] = earlier?.ports ?? (await freePorts(2));
  const file = join(folder, "loki.json");
  // JSON is YAML.
  await writeFile(
    file,
    JSON.stringify({
      auth_enabled: false,
      analytics: { reporting_enabled: false },
      server: {
        http_listen_address: "127.0.0.1",
        http_listen_port: port,
        grpc_listen_address: "127.0.0.1",
        grpc_listen_port: grpc,
        log_level: "warn",
      },
      common: {
        instance_addr: "127.0.0.1",
        path_prefix: join(folder, "data"),
        replication_factor: 1,
        ring: { kvstore: { store: "inmemory" }, instance_addr: "127.0.0.1" },
        storage: { filesystem: { chunks_directory: join(folder, "data/chunks"), rules_directory: join(folder, "data/rules") } },
      },
      ...(mostBytes ? { distributor: { max_recv_msg_size: mostBytes } } : {}),
      // Ready once it can take lines, not a quarter of a minute later.
      ingester: { lifecycler: { min_ready_duration: "0s", final_sleep: "0s" } },
      schema_config: {
        configs: [{ from: "2024-01-01", store: "tsdb", object_store: "filesystem", schema: "v13", index: { prefix: "index_", period: "24h" } }],
      },
      limits_config: { allow_structured_metadata: true, ...limits },
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  const program = await run(await built("loki"), [`-config.file=${file}`], { folder, ready: () => responds(`${url}/ready`) });
  return { ...program, folder, ports: [port, grpc], url, remove: () => removed(folder) };
}
