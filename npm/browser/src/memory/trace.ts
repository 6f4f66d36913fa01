// Records how much memory the page uses, where the browser measures it.

import { startPart } from "../control/part.js";
import type { Started } from "../control/started.js";
import { elapsed, idle, ofDocument } from "../core/platform.js";
import { THROUGHLINE_MEMORY, THROUGHLINE_MEMORY_DEVICE, THROUGHLINE_MEMORY_USED } from "../generated/semconv.js";
import { recordEvent } from "../tracing/recorded.js";

/** Options of `traceMemory`. */
export interface MemoryOptions {
  /** ms between two measurements on average (default 300,000). */
  interval?: number;
}

/**
 * Records an event with what `performance.measureUserAgentSpecificMemory` measures
 * (https://wicg.github.io/performance-measure-memory/) of a page that is isolated from other origins: when it is idle, and
 * then at random times, so that what a page does at fixed ones is not measured alone. Each has the memory of the device, rounded, where
 * the browser tells it. A browser, and a page, without the function record nothing. Returns the function that undoes it.
 */
export const traceMemory = (options: MemoryOptions = {}): (() => void) => startPart("memory", (client) => trace(client, options));

function trace({ shared }: Started, { interval = 300_000 }: MemoryOptions): () => void {
  let isOver = !crossOriginIsolated || !performance.measureUserAgentSpecificMemory;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const measure = async (): Promise<void> => {
    if (isOver) return;
    try {
      // One that nobody sees is not asked: it may be frozen meanwhile.
      if (ofDocument("visibilityState") == "visible") {
        const { bytes } = await performance.measureUserAgentSpecificMemory!();
        if (!isOver)
          recordEvent(shared, shared[4](), THROUGHLINE_MEMORY, elapsed(), undefined, { [THROUGHLINE_MEMORY_USED]: bytes }, { [THROUGHLINE_MEMORY_DEVICE]: navigator.deviceMemory });
      }
    } catch {
      // The browser does not measure it now, or telemetry has ended.
    }
    if (!isOver) timer = setTimeout(plan, Math.min(MOST, Math.max(LEAST, -Math.log(Math.random()))) * interval);
  };
  const plan = (): unknown => idle(() => void measure());
  plan();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** The shortest and the longest wait, in intervals: https://wicg.github.io/performance-measure-memory/#examples waits likewise. */
const LEAST = 0.1;
const MOST = 3;
