// node mk.mjs name dist 'extra options js'
import { mkdir } from "node:fs/promises"; import { join } from "node:path"; import { build } from "esbuild";
const [name, dist, extra = ""] = process.argv.slice(2); const folder = join("/tmp/vb", name); await mkdir(folder, { recursive: true });
await build({ stdin: { contents: `import { init } from ${JSON.stringify(dist)}; init({ endpoint: COLLECTOR, key: "pk_bench", serviceName: "shop-web", ${extra} });`, resolveDir: "/tmp", sourcefile: "page.js" }, entryNames: "entry", outdir: folder, bundle: true, splitting: true, format: "esm", target: "es2022", minify: true, legalComments: "none", logLevel: "error" });
