// The entry of interactions besides clicks, and of their names.

export { traceInteractions } from "./interactions/trace.js";
export type { InteractionOptions } from "./interactions/options.js";
