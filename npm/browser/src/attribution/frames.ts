// The frames in which events were handled: events that were presented together are one frame.

import { Last, observe } from "./observe.js";

/** The events of a frame, ms since the page's time origin. */
export interface Frame {
  start: number;
  processingStart: number;
  processingEnd: number;
  readonly presented: number;
}

/** The frames of the last events. */
export interface Frames {
  /** The name and the frame of an event of an interaction: its id, its time in µs, its duration in µs. */
  of(id: number, at: number, duration: number): readonly [name: string, frame: Frame] | undefined;
}

/** Starts to observe. */
export function collectFrames(): Frames {
  const known = new Last<string, readonly [name: string, frame: Frame]>();
  let frames: Frame[] = [];
  const take = observe<InteractionTiming>(["event", "first-input"], ({ name, startTime, duration, processingStart, processingEnd, interactionId }) => {
    const presented = startTime + duration;
    // Durations are multiples of 8 ms.
    let frame = [...frames].reverse().find((one) => Math.abs(one.presented - presented) <= 8);
    if (frame) {
      frame.start = Math.min(frame.start, startTime);
      frame.processingStart = Math.min(frame.processingStart, processingStart);
      frame.processingEnd = Math.max(frame.processingEnd, processingEnd);
    } else {
      frame = { start: startTime, processingStart, processingEnd, presented };
      frames = [...frames.slice(1 - FRAMES), frame];
    }
    const key = keyOf(interactionId, startTime * 1000, duration * 1000);
    // A first input has an entry of each type.
    if (interactionId && !known.has(key)) known.set(key, [name, frame]);
  });
  return {
    of(...event) {
      take();
      return known.get(keyOf(...event));
    },
  };
}

const keyOf = (id: number | undefined, at: number, duration: number): string => [id, Math.round(at), Math.round(duration)].join();

/** Entries of events and of frames come in any order, a few frames apart. */
const FRAMES = 50;
