// Uploads the indexes of source maps to an edge.

import type { createIndex } from "./create-index.js";
import { Receiver, UploadError } from "./receiver.js";
import type { Stamped } from "./stamp.js";

/** A script of a build. */
export type Script = Stamped & { name: string };

/**
 * Uploads an index of each map that is not stored yet, some at a time; says how far it is, and in the end what it has done.
 * Rejects with an `UploadError` where address or key can be none, and at the first map that cannot be uploaded.
 */
export async function upload(scripts: readonly Script[], to: { url: string; key: string }, makeIndex: typeof createIndex, say: (message: string) => void): Promise<void> {
  const receiver = new Receiver(to);
  // Scripts with the same text have one id.
  const waiting = [...new Map(scripts.map((script) => [script.debugId, script])).values()];
  const count = waiting.length;
  let [uploaded, stored, bytes, said] = [0, 0, 0, performance.now()];
  const work = async (): Promise<void> => {
    for (let script = waiting.shift(); script; script = waiting.shift()) {
      try {
        if (await receiver.isStored(script.debugId)) stored++;
        else {
          const { index } = makeIndex(Buffer.from(script.map), Buffer.from(script.script));
          await receiver.put(script.debugId, index);
          uploaded++;
          bytes += index.length;
        }
      } catch (error) {
        // The others have no better luck.
        waiting.length = 0;
        throw new UploadError(`the source map of ${script.name} is not uploaded: ${(error as Error).message}`, { cause: error });
      }
      if (!waiting.length || performance.now() - said < PROGRESS_MS) continue;
      said = performance.now();
      say(`source maps: ${uploaded + stored} of ${count}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  say(`source maps: ${uploaded} uploaded (${megabytes(bytes)}), ${stored} stored already`);
}

const megabytes = (bytes: number): string => (bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

/** Requests at a time. */
const AT_ONCE = 6;
/** The shortest time between two lines of progress. */
const PROGRESS_MS = 2000;
