// The plugins, for Vite, Rollup, Rolldown, webpack, Rspack and esbuild.

import { createUnplugin, type FilterPattern, type UnpluginInstance } from "unplugin";
import { development } from "./development.js";
import type { SourceMapOptions } from "./sourcemaps/options.js";
import { sourceMaps } from "./sourcemaps/plugin.js";
import { transform } from "./transform.js";

export type { SourceMapOptions, UploadOptions } from "./sourcemaps/options.js";

/** Options of each plugin. The files that are transformed are names, globs or regular expressions. */
export interface ThroughlineOptions {
  /** JavaScript and TypeScript (`.js`, `.mjs`, `.jsx`, `.ts`, `.mts`, `.tsx`) unless it is another list; components of Vue and Svelte besides. */
  include?: FilterPattern;
  /** `node_modules` unless it is another list. */
  exclude?: FilterPattern;
  /** Scripts that have a source map get a debug id; the options say what becomes of the maps. `false`: nothing. */
  sourcemaps?: SourceMapOptions | false;
  /**
   * The address of the `throughline dev` that gets what a page on Vite's development server sends to `/_t`: by default
   * `http://127.0.0.1:4318`. `false`: nothing is forwarded.
   */
  development?: string | false;
}

type Plugins = UnpluginInstance<ThroughlineOptions | undefined, true>;

const plugin: Plugins = createUnplugin<ThroughlineOptions | undefined, true>((options) => {
  const exclude = [options?.exclude ?? /[\\/]node_modules[\\/]/].flat();
  const maps = options?.sourcemaps ?? {};
  return [
    ...(maps ? [sourceMaps(maps)] : []),
    ...(options?.development === false ? [] : [development(options?.development ?? "http://127.0.0.1:4318")]),
    {
      name: "throughline-context",
      // The source as it is written: what runs first may have replaced `async` functions.
      enforce: "pre",
      transform: {
        filter: { id: { include: options?.include ?? /\.m?[jt]sx?(\?.*)?$/, exclude: [...exclude, COMPONENT] } },
        handler: (code, id) => transform(code, id.replace(/[?#].*$/, "")),
      },
    },
    {
      name: "throughline-context-components",
      // What their compilers have made of them.
      enforce: "post",
      transform: {
        filter: { id: { include: COMPONENT, exclude } },
        // Rollup calls its plugins in their order: before its compiler a component is no module yet.
        handler: (code, id) => (/^(\s|<!--[^]*?-->)*</.test(code) ? undefined : transform(code, id)),
      },
    },
  ];
});

/** A single-file component, or a block of one: `Shop.vue?vue&type=script&lang.ts`. */
const COMPONENT = /\.(vue|svelte)(\?.*)?$/;

/**
 * The plugin of Vite: keeps the open span of the page along `await` in the page's own code, and gives scripts debug ids. It is
 * the default export too.
 *
 * ```ts
 * export default { plugins: [throughline()] };
 * ```
 */
export const throughline: Plugins["vite"] = plugin.vite;
export default throughline;
/** The plugin of Rollup, with the same options: `plugins: [rollup()]`. */
export const rollup: Plugins["rollup"] = plugin.rollup;
/** The plugin of Rolldown, likewise. */
export const rolldown: Plugins["rolldown"] = plugin.rolldown;
/** The plugin of webpack, likewise. */
export const webpack: Plugins["webpack"] = plugin.webpack;
/** The plugin of Rspack, likewise. */
export const rspack: Plugins["rspack"] = plugin.rspack;
/** The plugin of esbuild, likewise. */
export const esbuild: Plugins["esbuild"] = plugin.esbuild;
