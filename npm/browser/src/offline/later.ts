// Sends the open batch where the page is killed: by `fetchLater`, which the browser sends without the page.

import { DELIVERY, SNAPSHOT } from "../context/places.js";
import type { Shared } from "../context/record.js";
import type { Snapshot, Tell } from "../core/batch.js";
import { onShutdown, whenStarted } from "../control/started.js";
import { addressOf } from "./address.js";
import type { Killed } from "./options.js";
import { addPart, toldOf } from "./parts.js";
import { bundleOf } from "./snapshot.js";

/**
 * Gives the browser a copy of the open batch, which it sends when the page is killed without an event
 * (https://fetch.spec.whatwg.org/#dom-window-fetchlater, Chromium from 135), and takes it back when the batch is
 * sent. Elsewhere, with plain OTLP and without the engine it does nothing. Call it after `init`. Returns the
 * function that ends it.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 * import { sendWhenKilled } from "@throughline/browser/offline";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web" });
 * sendWhenKilled();
 * ```
 */
export const sendWhenKilled = (): (() => void) => whenStarted(({ shared }) => start(shared));

function start(shared: Shared): (() => void) | void {
  // As it is now: the page may replace it.
  const { fetchLater } = globalThis;
  // An element may have this name, in a browser without the function.
  if (typeof fetchLater != "function" || toldOf(shared).killed) return;
  const told: Killed = { isArmed: false, bytes: 0 };
  /** The copy that the browser has. */
  let copy: { id: string; controller: AbortController } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let armedAt = -Infinity;
  let isEnded = false;

  const disarm = (): void => {
    copy?.controller.abort();
    copy = undefined;
    Object.assign(told, { isArmed: false, bytes: 0 });
  };
  const arm = (): void => {
    timer = undefined;
    const snapshot = shared[SNAPSHOT] as Snapshot | undefined;
    const options = (shared[DELIVERY] as Tell | undefined)?.()[4];
    if (!snapshot || !options || typeof options.protocol == "object") return;
    try {
      const [module, facts, id] = snapshot();
      if (!module) return;
      const body = bundleOf(module, facts, id);
      armedAt = performance.now();
      if (!body) return;
      // The quota of an origin is 64 KiB, which a copy that is replaced would share.
      disarm();
      const controller = new AbortController();
      fetchLater(addressOf(options, "bundle"), { method: "POST", body, headers: { "content-type": "text/plain" }, signal: controller.signal });
      copy = { id, controller };
      Object.assign(told, { isArmed: true, bytes: body.length });
    } catch (problem) {
      // The quota is used up, a policy forbids it, or the receiver has no trustworthy origin.
      told.problem = String(problem);
    }
  };
  const plan = (wait: number): void => {
    timer ??= setTimeout(arm, wait);
  };

  const notify = shared[6];
  shared[6] = (fact, place) => {
    notify(fact, place);
    if (isEnded) return;
    const isError = fact[0] == "E";
    if (isError) {
      clearTimeout(timer);
      timer = undefined;
    }
    plan(Math.max(SOON_MS, isError ? 0 : armedAt + GAP_MS - performance.now()));
  };
  const remove = addPart(shared, {
    posts([, , , , id]) {
      // Once the ordinary request is under way: a receiver takes one of both.
      if (copy?.id == id) queueMicrotask(disarm);
    },
    tell: () => ({ killed: { ...told } }),
  });
  plan(SOON_MS);
  return onShutdown(() => {
    isEnded = true;
    clearTimeout(timer);
    disarm();
    remove();
  });
}

/** Facts wait so long at most until the page is idle, ms. */
const SOON_MS = 120;
/** The shortest time between two copies, ms; an error does not wait for it. */
const GAP_MS = 1000;
