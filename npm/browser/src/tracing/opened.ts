// Sends an XMLHttpRequest in the span in which it was opened: axios reads a cookie between the two.

import { onShutdown } from "../control/started.js";
import type { CurrentSpan } from "../context/current-span.js";
import type { Shared } from "../context/record.js";
import { guarded } from "../core/guarded.js";
import { runIn } from "./active.js";
import { findLive } from "./live.js";
import { OPENED } from "../context/places.js";

/** Wraps two methods of XMLHttpRequest, once for all copies; what they return and throw stays the same. A page may have made them read-only. */
export const keepOpened = guarded((shared: Shared): void => {
  const { prototype } = (globalThis as { XMLHttpRequest?: typeof XMLHttpRequest }).XMLHttpRequest ?? {};
  if (shared[OPENED] || !prototype) return;
  const { open, send } = prototype;
  shared[OPENED] = send;
  const spans = new WeakMap<XMLHttpRequest, CurrentSpan>();
  const ours = {
    open(this: XMLHttpRequest) {
      const [, span] = findLive() ?? [];
      if (span) spans.set(this, span);
      else spans.delete(this);
      return open.apply(this, arguments as never) as unknown;
    },
    send(this: XMLHttpRequest) {
      const work = (): unknown => send.apply(this, arguments as never);
      const span = spans.get(this);
      return span ? runIn(shared, span, work) : work();
    },
  };
  Object.assign(prototype, ours);
  onShutdown(() => {
    // Others may have wrapped them in turn.
    if (prototype.open == ours.open) prototype.open = open;
    if (prototype.send == (ours.send as unknown)) prototype.send = send;
  });
});
