// The plugin, for Vite, Rollup, Rolldown, webpack, Rspack and esbuild.

import { createUnplugin, type FilterPattern, type UnpluginInstance } from "unplugin";
import { transform } from "./transform.js";

/** The files that are transformed: names, globs or regular expressions. */
export interface ContextOptions {
  /** JavaScript and TypeScript (`.js`, `.mjs`, `.jsx`, `.ts`, `.mts`, `.tsx`) unless it is another list. */
  include?: FilterPattern;
  /** `node_modules` unless it is another list. */
  exclude?: FilterPattern;
}

type Plugins = UnpluginInstance<ContextOptions | undefined, false>;

const plugin: Plugins = createUnplugin<ContextOptions | undefined, false>((options) => ({
  name: "throughline-context",
  // The source as it is written: what runs first may have replaced `async` functions.
  enforce: "pre",
  transform: {
    filter: { id: { include: options?.include ?? /\.m?[jt]sx?(\?.*)?$/, exclude: options?.exclude ?? /[\\/]node_modules[\\/]/ } },
    handler: (code, id) => transform(code, id.replace(/[?#].*$/, "")),
  },
}));

/** Keeps the open span of the page along `await` in the page's own code. */
export const throughline: Plugins["vite"] = plugin.vite;
export default throughline;
/** The same for other bundlers. */
export const rollup: Plugins["rollup"] = plugin.rollup;
export const rolldown: Plugins["rolldown"] = plugin.rolldown;
export const webpack: Plugins["webpack"] = plugin.webpack;
export const rspack: Plugins["rspack"] = plugin.rspack;
export const esbuild: Plugins["esbuild"] = plugin.esbuild;
