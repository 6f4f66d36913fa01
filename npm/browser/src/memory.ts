// The entry of the memory that a page uses.

export { traceMemory } from "./memory/trace.js";
export type { MemoryOptions } from "./memory/trace.js";
