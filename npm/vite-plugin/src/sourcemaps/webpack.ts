// Source maps of webpack and Rspack.

import type { SourceMapOptions } from "./options.js";
import { needsMaps, Outputs } from "./outputs.js";

/** Adds the hooks of a plugin. */
export function ofWebpack(compiler: Compiler, sourceMapOptions: SourceMapOptions): void {
  const { options, hooks, webpack } = compiler;
  const { devtool, mode } = options;
  const isForUpload = !devtool && mode != "development" && needsMaps(sourceMapOptions);
  const outputs = new Outputs(sourceMapOptions, isForUpload);
  if (isForUpload) options.devtool = `hidden-source-map${DEBUG_IDS}`;
  else if (typeof devtool == "string" && devtool.endsWith("source-map") && !/eval|inline/.test(devtool)) options.devtool = `${devtool}${DEBUG_IDS}`;
  hooks.thisCompilation.tap(NAME, (compilation) => {
    // Behind the maps, and before the hashes of contents: the names of files follow from what is in them in the end.
    const stage = webpack.Compilation.PROCESS_ASSETS_STAGE_DEV_TOOLING + 1;
    compilation.hooks.processAssets.tap({ name: NAME, stage }, () => {
      for (const { name, source, info } of compilation.getAssets()) {
        const [mapName] = [info.related?.sourceMap].flat();
        const map = mapName && compilation.getAsset(mapName);
        if (!map) continue;
        const finished = outputs.finish(name, textOf(source), textOf(map.source));
        if (finished.text != undefined) compilation.updateAsset(name, new webpack.sources.RawSource(finished.text));
        if (finished.map === null) compilation.deleteAsset(mapName);
        else if (finished.map != undefined) compilation.updateAsset(mapName, new webpack.sources.RawSource(finished.map));
      }
    });
  });
  hooks.afterEmit.tapPromise(NAME, async ({ warnings }) => {
    if (compiler.watchMode) outputs.forget();
    else await outputs.upload((message) => void warnings.push(new Error(message)));
  });
}

/** A compiler, as far as it is used here. */
export interface Compiler {
  options: { devtool?: unknown; mode?: string };
  watchMode?: boolean;
  hooks: {
    thisCompilation: { tap(name: string, work: (compilation: Compilation) => void): void };
    afterEmit: { tapPromise(name: string, work: (compilation: Compilation) => Promise<void>): void };
  };
  webpack: { Compilation: { PROCESS_ASSETS_STAGE_DEV_TOOLING: number }; sources: { RawSource: new (text: string) => Source } };
}

interface Compilation {
  warnings: Error[];
  hooks: { processAssets: { tap(at: { name: string; stage: number }, work: () => void): void } };
  getAssets(): readonly { name: string; source: Source; info: { related?: { sourceMap?: string | string[] } } }[];
  getAsset(name: string): { source: Source } | undefined;
  updateAsset(name: string, source: Source): void;
  deleteAsset(name: string): void;
}

interface Source {
  source(): string | Uint8Array;
}

const textOf = (source: Source): string => Buffer.from(source.source()).toString();

const NAME = "throughline-source-maps";
/** https://webpack.js.org/configuration/devtool/: an older webpack reads the rest alone. */
const DEBUG_IDS = "-debugids";
