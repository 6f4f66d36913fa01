// @ts-check
// Thanos: a receiver that takes OTLP, and a querier over what it has stored.

import { built, folderFor, freePorts, removed, responds, run } from "./program.mjs";

/** @typedef {Awaited<ReturnType<typeof startThanos>>} Thanos */

/** Starts both. Telemetry goes to `otlp`, a base URL; queries to `url`. */
export async function startThanos() {
  const folder = await folderFor("thanos");
  const [http, grpc, write, query, queryGrpc] = await freePorts(5);
  const program = await built("thanos");
  const of = (/** @type {number | undefined} */ port) => `127.0.0.1:${port}`;
  const receiver = await run(
    program,
    [
      "receive",
      `--http-address=${of(http)}`,
      `--grpc-address=${of(grpc)}`,
      `--remote-write.address=${of(write)}`,
      `--tsdb.path=${folder}/data`,
      "--tsdb.max-exemplars=1000",
      '--label=receiver="first"',
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
