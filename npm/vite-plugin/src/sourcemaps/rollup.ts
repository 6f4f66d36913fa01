// Source maps of Rollup, Rolldown and Vite.

import { needsMaps, Outputs } from "./outputs.js";
import type { SourceMapOptions } from "./options.js";

/** The hooks of a plugin. */
export const ofRollup = (options: SourceMapOptions) => hooks(options, ({ sourcemap }) => !sourcemap);

/** The hooks of a plugin of Vite. */
export function ofVite(options: SourceMapOptions) {
  let isForUpload = false;
  return {
    ...hooks(options, ({ sourcemap }) => !sourcemap || (isForUpload && sourcemap == "hidden")),
    // A development server has the source itself.
    apply: "build",
    // Its own plugins have to know.
    config: ({ build }: { build?: { sourcemap?: unknown } }) => {
      isForUpload = !build?.sourcemap && needsMaps(options);
      return isForUpload ? { build: { sourcemap: "hidden" } } : undefined;
    },
  };
}

/** `isWithoutMaps` says of the options of an output that it would have no maps. */
function hooks(options: SourceMapOptions, isWithoutMaps: (given: OutputOptions) => boolean) {
  // A build may write several outputs at a time: one with maps, and one without.
  const all = new WeakMap<OutputOptions, Outputs>();
  return {
    outputOptions: (given: OutputOptions): OutputOptions =>
      isWithoutMaps(given) && needsMaps(options)
        ? { ...given, sourcemap: "hidden", sourcemapBaseUrl: FOR_UPLOAD, sourcemapDebugIds: true }
        : { ...given, sourcemapDebugIds: true },
    // Under a name that is the same a browser may have what was built without ids.
    augmentChunkHash: (): string => "throughline-debug-id",
    generateBundle: {
      // Vite writes addresses into scripts before.
      order: "post",
      handler(output: OutputOptions, bundle: Record<string, Output>): void {
        const outputs = new Outputs(options, output.sourcemapBaseUrl == FOR_UPLOAD);
        all.set(output, outputs);
        for (const [name, file] of Object.entries(bundle)) {
          const mapName = file.sourcemapFileName ?? `${name}.map`;
          const map = bundle[mapName];
          // Workers of Vite are assets.
          const text = file.code ?? file.source;
          if (text == undefined || map?.source == undefined) continue;
          const finished = outputs.finish(name, Buffer.from(text).toString(), Buffer.from(map.source).toString());
          if (finished.text != undefined) {
            if (file.type == "chunk") file.code = finished.text;
            else file.source = finished.text;
          }
          if (finished.map === null) delete bundle[mapName];
          else if (finished.map != undefined) map.source = finished.map;
        }
      },
    },
    writeBundle: {
      order: "post",
      sequential: true,
      handler(this: Context, output: OutputOptions): Promise<void> | void {
        if (this.meta.watchMode) return;
        const outputs = all.get(output);
        if (outputs) return outputs.upload((message) => this.warn(message));
        // The bundler has called the two hooks with different objects.
        if (!options.upload?.key) return;
        const message = "no source maps are uploaded: another plugin, or the bundler, has replaced the options of this output. Stacks of this build stay minified";
        if (options.upload.failBuild) throw new Error(message);
        this.warn(message);
      },
    },
  };
}

/** Chunks and assets, as far as they are used here. */
interface Output {
  type: "chunk" | "asset";
  code?: string;
  source?: string | Uint8Array;
  sourcemapFileName?: string | null;
}

interface Context {
  warn(message: string): void;
  meta: { watchMode?: boolean };
}

interface OutputOptions {
  sourcemap?: boolean | "inline" | "hidden";
  sourcemapBaseUrl?: string;
  sourcemapDebugIds?: boolean;
}

/**
 * Marks an output whose maps are made for the upload alone: bundlers give options to later hooks in objects of their own. It
 * has no other effect, because no script names a map that is hidden.
 */
const FOR_UPLOAD = "https://throughline.invalid/for-the-upload/";
