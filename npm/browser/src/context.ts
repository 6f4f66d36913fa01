// The entry that @throughline/vite-plugin imports into modules that it transforms.

export { begin, beginModule, type Kept } from "./tracing/kept.js";
