// The plugin of debug ids and source maps, for each bundler.

import type { UnpluginOptions } from "unplugin";
import { ofEsbuild, type Build } from "./esbuild.js";
import type { SourceMapOptions } from "./options.js";
import { Outputs } from "./outputs.js";
import { ofRollup } from "./rollup.js";
import { ofWebpack, type Compiler } from "./webpack.js";

/** Stamps scripts and maps of a build, and uploads them where the options say so. */
export function sourceMaps(options: SourceMapOptions): UnpluginOptions {
  const outputs = new Outputs(options);
  const rollup: unknown = ofRollup(outputs);
  const vite: unknown = {
    ...ofRollup(outputs),
    // A development server has the source itself.
    apply: "build",
    // Its own plugins have to know.
    config: ({ build }: { build?: { sourcemap?: unknown } }) => (!build?.sourcemap && outputs.needsMaps() ? { build: { sourcemap: "hidden" } } : undefined),
  };
  return {
    name: NAME,
    rollup: rollup as NonNullable<UnpluginOptions["rollup"]>,
    rolldown: rollup as NonNullable<UnpluginOptions["rolldown"]>,
    vite: vite as NonNullable<UnpluginOptions["vite"]>,
    webpack: (compiler) => ofWebpack(compiler as unknown as Compiler, outputs),
    rspack: (compiler) => ofWebpack(compiler as unknown as Compiler, outputs),
    esbuild: { setup: (build) => ofEsbuild(build as unknown as Build, outputs) },
  };
}

const NAME = "throughline-source-maps";
