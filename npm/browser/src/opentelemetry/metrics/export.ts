// Sends what the page has measured: after a while, on `flush`, and when the page is left.

import { CLOSING, DELIVERY, METRICS } from "../../context/places.js";
import { beforeStop, onShutdown, onWindow, type Started } from "../../control/started.js";
import type { Tell } from "../../core/batch.js";
import { guarded } from "../../core/guarded.js";
import { elapsed, ofDocument, setTimeout } from "../../core/platform.js";
import { findLive } from "../../tracing/live.js";
import { batchesOf } from "./batches.js";
import { callAll, hasCallbacks } from "./callbacks.js";
import type { MetricsTold } from "./options.js";
import { forget, overflowed, refused, take, waiting } from "./store.js";

/** Begins to export by a client; once. */
export function exportBy(client: Started): void {
  if (exporting != client) guarded(start)(client);
}

/** Plans the next export, because something was measured or there are callbacks. */
export function changed(): void {
  plan(waiting ? CHANGED_MS : hasCallbacks() ? OBSERVED_MS : Infinity);
}

function start(client: Started): void {
  const { shared } = client;
  exporting = client;

  const collect = guarded((observes: boolean): void => {
    const tell = shared[DELIVERY] as Tell | undefined;
    // Until the engine is loaded, the page adds up what is measured.
    if (!tell) return;
    if (observes) observeOnce();
    const told = tell();
    for (const batch of batchesOf(client, told[4], take())) told[3](batch);
  });
  run = () => {
    collect(ofDocument("visibilityState") != "hidden");
    changed();
  };
  shared[CLOSING] = () => collect(true);
  shared[METRICS] = (): MetricsTold => ({ waiting, refused, overflowed });
  const stops = [
    beforeStop(shared, () => collect(true)),
    onWindow(["pagehide"], () => {
      if (shared[DELIVERY]) return;
      let points = 0;
      for (const { points: all } of take()) points += all.size;
      shared[2]("page_ended", points);
    }),
  ];
  onShutdown(() => {
    stops.forEach((stop) => stop());
    shared[CLOSING] = shared[METRICS] = exporting = run = undefined;
    forget();
  });
  changed();
}

/** Calls the callbacks, once in a task: a page that is left sends what waits several times. */
function observeOnce(): void {
  if (isFresh || !findLive()) return;
  isFresh = true;
  setTimeout(() => (isFresh = false));
  callAll();
}

function plan(wait: number): void {
  const at = elapsed() + wait;
  // A timer that is later than the one that is due sooner is not needed.
  if (!run || at >= alarm) return;
  alarm = at;
  setTimeout(() => {
    if (alarm != at) return;
    alarm = Infinity;
    run?.();
  }, wait);
}

/** The client that it exports by, and the export. */
let exporting: Started | undefined;
let run: (() => void) | undefined;
/** The time of the next one, ms. */
let alarm = Infinity;
let isFresh = false;

/** How long a measurement waits for others. */
const CHANGED_MS = 10_000;
/** How often callbacks are called in a page that measures nothing else; in one that is hidden they are not. */
const OBSERVED_MS = 60_000;
