// @ts-check
// Thanos: a receiver that takes OTLP, and a querier over what it has stored.

import { built, folderFor, freePorts, removed, responds, run } from "./program.mjs";

/** @typedef {Awaited<ReturnType<typeof startThanos>>} Thanos */

/**
 * Starts both. Telemetry goes to `otlp`, a base URL; queries to `url`.
 * @param {{ limits?: { request?: Record<string, number>, head_series_limit?: number }, meta?: { url: string, query: string } }} [options]
 * `limits`: what its receiver takes of each tenant. `meta`: where and by which query it looks how many series a tenant has
 */
export async function startThanos({ limits, meta } = {}) {
  const folder = await folderFor("thanos");
  const [http, grpc, write, capnproto, query, queryGrpc] = await freePorts(6);
  const program = await built("thanos");
  const of = (/** @type {number | undefined} */ port) => `127.0.0.1:${port}`;
  // JSON is YAML.
  const taken = { default: limits, ...(meta && { global: { meta_monitoring_url: meta.url, meta_monitoring_limit_query: meta.query } }) };
  const receiver = await run(
    program,
    [
      "receive",
      `--http-address=${of(http)}`,
      `--grpc-address=${of(grpc)}`,
      `--remote-write.address=${of(write)}`,
      // Between receivers, of which there is one: else a port of all addresses, which two cannot have.
      `--receive.capnproto-address=${of(capnproto)}`,
      `--tsdb.path=${folder}/data`,
      "--tsdb.max-exemplars=1000",
      '--label=receiver="first"',
      // Only one that gives series to receivers, be it to itself, counts those of a tenant.
      ...(meta ? [`--receive.local-endpoint=${of(grpc)}`, `--receive.hashrings=${JSON.stringify([{ endpoints: [of(grpc)] }])}`] : []),
      ...(limits ? [`--receive.limits-config=${JSON.stringify({ write: taken })}`] : []),
    ],
    { folder, ready: () => responds(`http://${of(http)}/-/ready`) },
  );
  const place = await folderFor("thanos-query");
  const querier = await run(
    program,
    ["query", `--http-address=${of(query)}`, `--grpc-address=${of(queryGrpc)}`, `--endpoint=${of(grpc)}`],
    {
      folder: place,
      ready: async () => {
        const stores = await fetch(`http://${of(query)}/api/v1/stores`);
        return stores.ok && (await stores.text()).includes('"receiver"');
      },
    },
  );
  const end = async () => {
    await querier.stop();
    await receiver.stop();
  };
  return {
    log: receiver.log,
    url: `http://${of(query)}`,
    otlp: `http://${of(write)}/api/v1/otlp`,
    stop: end,
    async remove() {
      await removed(folder);
      await removed(place);
    },
  };
}
