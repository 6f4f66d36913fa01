// The build of the page with esbuild.

import { build } from "esbuild";

await build({ entryPoints: ["main.js"], outdir: "dist", bundle: true, splitting: true, format: "esm", minify: true });
