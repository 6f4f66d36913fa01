// Source maps of Rollup, Rolldown and Vite.

import type { Outputs } from "./outputs.js";

/** The hooks of a plugin. */
export const ofRollup = (outputs: Outputs) => ({
  outputOptions: (given: OutputOptions): OutputOptions => ({
    ...given,
    sourcemap: given.sourcemap || (outputs.needsMaps() && "hidden"),
    sourcemapDebugIds: true,
  }),
  // Under a name that is the same a browser may have what was built without ids.
  augmentChunkHash: (): string => "throughline-debug-id",
  generateBundle: {
    // Vite writes addresses into scripts before.
    order: "post",
    handler(_: unknown, bundle: Record<string, Output>): void {
      for (const [name, file] of Object.entries(bundle)) {
        const mapName = file.sourcemapFileName ?? `${name}.map`;
        const map = bundle[mapName];
        // Workers of Vite are assets.
        const script = file.code ?? file.source;
        if (!/\.[cm]?js$/.test(name) || script == undefined || map?.source == undefined) continue;
        const stamped = outputs.add(name, Buffer.from(script).toString(), Buffer.from(map.source).toString());
        if (!stamped) continue;
        if (file.type == "chunk") file.code = stamped.script;
        else file.source = stamped.script;
        map.source = stamped.map;
        if (outputs.leavesNoMaps) delete bundle[mapName];
      }
    },
  },
  writeBundle: {
    order: "post",
    sequential: true,
    handler(this: Context): Promise<void> | void {
      return this.meta.watchMode ? outputs.forget() : outputs.upload((message) => this.warn(message));
    },
  },
});

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
  sourcemapDebugIds?: boolean;
}
