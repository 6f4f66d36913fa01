// Limits how many records of a kind a page makes.

import type { Shared } from "../context/record.js";

/** Returns a function that says whether there is room for one more; those without are counted as lost. */
export function limitedTo(shared: Shared, most: number): () => boolean {
  let count = 0;
  return () => {
    const hasRoom = ++count <= most;
    if (!hasRoom) shared[2]("queue_full", 1);
    return hasRoom;
  };
}
