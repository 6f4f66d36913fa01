// Uploads the indexes of source maps to an edge.

import type { createIndex } from "./create-index.js";
import { Receiver, UploadError } from "./receiver.js";
import type { Stamped } from "./stamp.js";

/** A script of a build. */
export type Script = Stamped & { name: string };

/**
 * Uploads an index of each map that is not stored yet, some at a time; says how far it is, and in the end what it has done.
 * Rejects with an `UploadError` where address or key can be none, at the first map that meets no edge or a key that it refuses, and in the
 * end where an index could not be made of a map, or the edge has not taken it.
 */
export async function upload(scripts: readonly Script[], to: { url: string; key: string }, makeIndex: typeof createIndex, say: (message: string) => void): Promise<void> {
  const receiver = new Receiver(to);
  // Scripts with the same text have one id.
  const waiting = [...new Map(scripts.map((script) => [script.debugId, script])).values()];
  const count = waiting.length;
  let [uploaded, stored, bytes, said] = [0, 0, 0, performance.now()];
  /** Why scripts have no index at the edge. */
  const failed: string[] = [];
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
        const message = `the source map of ${script.name} is not uploaded: ${(error as Error).message}`;
        if (error instanceof UploadError && !error.isOfOneScript) {
          // The others have no better luck.
          waiting.length = 0;
          throw new UploadError(message, { cause: error });
        }
        failed.push(message);
        say(message);
      }
      if (!waiting.length || performance.now() - said < PROGRESS_MS) continue;
      said = performance.now();
      say(`source maps: ${uploaded + stored + failed.length} of ${count}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const [first, ...others] = failed;
  say(`source maps: ${uploaded} uploaded (${megabytes(bytes)}), ${stored} stored already${first ? `, ${failed.length} not uploaded` : ""}`);
  if (first) throw new UploadError(others.length ? `${first}; nor are those of ${others.length} other scripts, which are named above` : first, { isOfOneScript: true });
}

const megabytes = (bytes: number): string => (bytes < 100_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

/** Requests at a time. */
const AT_ONCE = 6;
/** The shortest time between two lines of progress. */
const PROGRESS_MS = 2000;
