// node variants.mjs ROUNDS load|work name=dist/index.js ...
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { launchChromium } from "../../launch-chromium.mjs";
import { measureLoad, measureWork } from "./parts.mjs";
import { bundle, TARGET } from "./programs.mjs";
const [rounds, part, ...names] = process.argv.slice(2);
const data = new Map();
const results = { add(m, p, v) { const k = m; const t = data.get(k) ?? new Map(); data.set(k, t); const l = t.get(p.name) ?? []; t.set(p.name, l); l.push(v); } };
const programs = [];
for (const n of names) {
  const [name, dist] = n.split("=");
  if (!dist) { programs.push(await bundle(name)); continue; }
  const folder = join("/tmp/vb", name);
  await mkdir(folder, { recursive: true });
  await build({ stdin: { contents: `import { init } from ${JSON.stringify(dist)}; init({ endpoint: COLLECTOR, key: "pk_bench", serviceName: "shop-web" });`, resolveDir: "/tmp", sourcefile: "page.js" }, entryNames: "entry", outdir: folder, bundle: true, splitting: true, format: "esm", target: "es2022", minify: true, legalComments: "none", logLevel: "error" });
  programs.push({ name, title: name, folder, size: {}, first: {}, waited: ["entry.js"] });
}
const browser = await launchChromium();
for (let r = 0; r < Number(rounds); r++) {
  const k = r % programs.length;
  await (part == "load" ? measureLoad : measureWork)({ browser, programs: [...programs.slice(k), ...programs.slice(0, k)], results });
}
await browser.close();
const med = (l) => { const s = l.toSorted((a, b) => a - b); return s[s.length >> 1]; };
for (const [m, t] of data) for (const [p, l] of t) console.log(m.padEnd(14), p.padEnd(14), med(l).toFixed(2), `(${Math.min(...l).toFixed(2)}–${Math.max(...l).toFixed(2)})`, "mean25-75", (() => { const s = l.toSorted((a, b) => a - b); const q = s.length >> 2; const x = s.slice(q, s.length - q); return (x.reduce((a, b) => a + b, 0) / x.length).toFixed(2); })());
process.exit(0);
