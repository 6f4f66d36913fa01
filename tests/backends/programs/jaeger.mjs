// @ts-check
// Jaeger 2 in one process, with its traces in memory.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { built, folderFor, freePorts, removed, responds, run } from "./program.mjs";

/**
 * @typedef {{ maxRequestBytes?: number, limitMib?: number, earlier?: import("./program.mjs").Place }} Options `maxRequestBytes`: of a request to its receiver. `limitMib`: of its memory.
 * `earlier`: one that has been stopped, whose ports it takes over; its traces are gone.
 * @typedef {Awaited<ReturnType<typeof startJaeger>>} Jaeger
 */

/** Starts it. Telemetry goes to `otlp`, a base URL, or to `grpc`, another; `url` has its query API. @param {Options} [options] */
export async function startJaeger({ maxRequestBytes, limitMib, earlier } = {}) {
  const folder = earlier?.folder ?? (await folderFor("jaeger"));
  const [http = 0, query = 0, queryGrpc = 0, grpc = 0] = earlier?.ports ?? (await freePorts(4));
  const file = join(folder, "jaeger.json");
  const processors = limitMib ? { memory_limiter: { check_interval: "100ms", limit_mib: limitMib } } : {};
  // JSON is YAML.
  await writeFile(
    file,
    JSON.stringify({
      service: {
        extensions: ["jaeger_storage", "jaeger_query"],
        pipelines: { traces: { receivers: ["otlp"], processors: Object.keys(processors), exporters: ["jaeger_storage_exporter"] } },
        telemetry: { metrics: { level: "none" }, logs: { level: "warn" } },
      },
      extensions: {
        jaeger_storage: { backends: { memory: { memory: { max_traces: 10_000 } } } },
        jaeger_query: {
          storage: { traces: "memory" },
          http: { endpoint: `127.0.0.1:${query}` },
          grpc: { endpoint: `127.0.0.1:${queryGrpc}` },
        },
      },
      receivers: {
        otlp: {
          protocols: {
            http: { endpoint: `127.0.0.1:${http}`, ...(maxRequestBytes ? { max_request_body_size: maxRequestBytes } : {}) },
            grpc: { endpoint: `127.0.0.1:${grpc}` },
          },
        },
      },
      processors,
      exporters: { jaeger_storage_exporter: { trace_storage: "memory" } },
    }),
  );
  const url = `http://127.0.0.1:${query}`;
  const program = await run(await built("jaeger"), [`--config=${file}`], {
    folder,
    ready: () => responds(`${url}/api/services`),
  });
  return { ...program, folder, ports: [http, query, queryGrpc, grpc], url, otlp: `http://127.0.0.1:${http}`, grpc: `http://127.0.0.1:${grpc}`, remove: () => removed(folder) };
}
