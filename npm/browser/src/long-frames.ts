// The entry of frames that take long.

export { traceLongFrames } from "./long-frames/trace.js";
export type { LongFrameOptions } from "./long-frames/trace.js";
