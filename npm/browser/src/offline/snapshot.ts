// Makes a Bundle of the open batch by a further instance of the engine, without closing the batch.

import type { Bytes } from "../core/post.js";
import { batchOf } from "../core/further-instance.js";

/** Returns the Bundle of these facts; nothing when it has no records. */
export function bundleOf(module: WebAssembly.Module, facts: string, id: string): Bytes | undefined {
  const [records, body] = batchOf(module, facts);
  return records ? body(BUNDLE, id, Date.now()) : undefined;
}

const BUNDLE = 0;
