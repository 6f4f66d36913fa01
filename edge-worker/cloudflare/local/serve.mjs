// Runs the Worker on this machine with every binding of wrangler.jsonc, as wrangler lays them out.
//
// node serve.mjs SETTINGS, as JSON: port, folder (of index.js and its module), wrangler (the file),
// configuration (in place of the variable THROUGHLINE), without (bindings to leave out), faults
// (whether a test may ask for some, see faults.js)
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as workerOptionsOf } from "wrangler";

const { port, folder, wrangler, configuration, without, faults } = JSON.parse(process.argv[2]);

const { workerOptions } = workerOptionsOf(wrangler);
for (const bindings of Object.values(workerOptions)) {
  for (const name of without) if (bindings && Object.hasOwn(bindings, name)) delete bindings[name];
}

const contents = (name) => readFile(join(folder, name));
const entry = faults
  ? [{ type: "ESModule", path: "faults.js", contents: await readFile(new URL("faults.js", import.meta.url)) }]
  : [];
const miniflare = new Miniflare({
  ...workerOptions,
  rootPath: folder,
  modules: [
    ...entry,
    { type: "ESModule", path: "index.js", contents: await contents("index.js") },
    { type: "CompiledWasm", path: "index_bg.wasm", contents: await contents("index_bg.wasm") },
  ],
  bindings: { ...workerOptions.bindings, THROUGHLINE: configuration },
  host: "127.0.0.1",
  port,
  // Nothing is asked of Cloudflare, and no client is made up.
  cf: {},
  log: new Log(LogLevel.WARN),
});
await miniflare.ready;

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, async () => {
    await miniflare.dispose();
    process.exit(0);
  });
}
