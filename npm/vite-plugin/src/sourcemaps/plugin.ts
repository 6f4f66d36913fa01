// The plugin of debug ids and source maps, for each bundler.

import type { UnpluginOptions } from "unplugin";
import { ofEsbuild, type Build } from "./esbuild.js";
import type { SourceMapOptions } from "./options.js";
import { ofRollup, ofVite } from "./rollup.js";
import { ofWebpack, type Compiler } from "./webpack.js";

/** Stamps scripts and maps of a build, and uploads them where the options say so. */
export function sourceMaps(options: SourceMapOptions): UnpluginOptions {
  const rollup: unknown = ofRollup(options);
  const vite: unknown = ofVite(options);
  return {
    name: NAME,
    rollup: rollup as NonNullable<UnpluginOptions["rollup"]>,
    rolldown: rollup as NonNullable<UnpluginOptions["rolldown"]>,
    vite: vite as NonNullable<UnpluginOptions["vite"]>,
    webpack: (compiler) => ofWebpack(compiler as unknown as Compiler, options),
    rspack: (compiler) => ofWebpack(compiler as unknown as Compiler, options),
    esbuild: { setup: (build) => ofEsbuild(build as unknown as Build, options) },
  };
}

const NAME = "throughline-source-maps";
