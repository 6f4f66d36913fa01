// @ts-check
// The OpenTelemetry Collector: OTLP in by HTTP and gRPC, out to a file of JSON lines and to other receivers.

import { readFile, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { built, folderFor, freePorts, removed, run } from "./program.mjs";

/**
 * @typedef {{
 *   exporters?: Record<string, object>, processors?: Record<string, object>, maxRequestBytes?: number, maxMessageMib?: number, earlier?: import("./program.mjs").Place,
 * }} Options `exporters`: besides the file, which is there where there are no others. `processors`: in this order.
 * `maxRequestBytes`: of a request to its receiver. `maxMessageMib`: of a message of gRPC. `earlier`: one that has been stopped, whose ports and file it
 * takes over.
 * @typedef {Awaited<ReturnType<typeof startCollector>>} Collector
 */

/** Starts it. Telemetry goes to `otlp`, a base URL, or to `grpc`, host and port. @param {Options} [options] */
export async function startCollector({ exporters, processors = {}, maxRequestBytes, maxMessageMib, earlier } = {}) {
  const folder = earlier?.folder ?? (await folderFor("collector"));
  const [http = 0, grpc = 0] = earlier?.ports ?? (await freePorts(2));
  const telemetry = join(folder, "telemetry.jsonl");
  const all = exporters ?? { file: { path: telemetry, append: true, flush_interval: "50ms" } };
  const pipeline = { receivers: ["otlp"], processors: Object.keys(processors), exporters: Object.keys(all) };
  const file = join(folder, "collector.json");
  // JSON is YAML.
  await writeFile(
    file,
    JSON.stringify({
      receivers: {
        otlp: {
          protocols: {
            http: { endpoint: `127.0.0.1:${http}`, ...(maxRequestBytes ? { max_request_body_size: maxRequestBytes } : {}) },
            grpc: { endpoint: `127.0.0.1:${grpc}`, ...(maxMessageMib ? { max_recv_msg_size_mib: maxMessageMib } : {}) },
          },
        },
      },
      processors,
      exporters: all,
      service: {
        pipelines: { traces: pipeline, logs: pipeline, metrics: pipeline },
        telemetry: { metrics: { level: "none" } },
      },
    }),
  );
  const program = await run(await built("collector"), ["--config", file], {
    folder,
    ready: async () => (await listens(http)) && listens(grpc),
  });
  /** Its file: an export request in OTLP/JSON per line. @returns {Promise<any[]>} */
  const written = async () => {
    const text = await readFile(telemetry, "utf8").catch(() => "");
    // A line that is being written has no end yet.
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };
  return {
    ...program,
    folder,
    ports: [http, grpc],
    otlp: `http://127.0.0.1:${http}`,
    grpc: `127.0.0.1:${grpc}`,
    written,
    remove: () => removed(folder),
  };
}

/** Whether something listens there. @param {number} port */
async function listens(port) {
  const socket = createConnection(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
