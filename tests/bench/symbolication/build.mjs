// Writes the scripts and maps that are measured: a bundle of packages as applications ship it, and one whose map has
// 20 megabytes, made of copies of it. `node build.mjs FOLDER`

import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const script = join(folder, "app.min.js");
await build({
  stdin: {
    contents: ["react-dom/client", "react-router", "vue", "zod", "terser", "acorn", "postcss", "svelte/compiler"]
      .map((name, at) => `export * as package${at} from "${name}";`)
      .join("\n"),
    resolveDir: import.meta.dirname,
  },
  bundle: true,
  minify: true,
  format: "esm",
  platform: "node",
  define: { "process.env.NODE_ENV": '"production"' },
  external: ["node:*"],
  sourcemap: true,
  outfile: script,
  logLevel: "error",
});

const text = readFileSync(script, "utf8");
const map = JSON.parse(readFileSync(`${script}.map`, "utf8"));
const lines = text.split("\n").length;
const copies = Math.max(2, Math.round((20 << 20) / JSON.stringify(map).length));
const sections = Array.from({ length: copies }, (_, copy) => ({
  offset: { line: copy * lines, column: 0 },
  map: { ...map, sources: map.sources.map((source) => `copy${copy}/${source}`) },
}));
writeFileSync(join(folder, "large.min.js"), Array(copies).fill(text).join("\n"));
writeFileSync(join(folder, "large.min.js.map"), JSON.stringify({ version: 3, sections }));
