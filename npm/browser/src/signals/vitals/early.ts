// Records that the page is hidden, which is when most web vitals are final.

import { record } from "../../context/record.js";
import { now } from "../../core/clock.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the vitals signal. */
export const early: EarlySignal = {
  leave() {
    finish?.();
    hiddenAt ??= now();
    record("v", now(), performance.interactionCount);
  },
};

/** When the page was hidden first, in µs; the browser may have an entry of an earlier time. */
export let hiddenAt: number | undefined;

/** Sets what is to be recorded before the page is hidden. */
export const beforeHidden = (callback: () => void): void => {
  finish = callback;
};

let finish: (() => void) | undefined;
