// Notes when the page was hidden first, and calls the late part whenever it is hidden: most web
// vitals are final then.

import { now } from "../../core/clock.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the vitals signal. */
export const early: EarlySignal = {
  leave() {
    hidden?.();
    hiddenAt ??= now();
  },
};

/** When the page was hidden first, in µs; the browser may have an entry of an earlier time. */
export let hiddenAt: number | undefined;

/** Sets what is called when the page is hidden. */
export const onHidden = (callback: () => void): unknown => (hidden = callback);

let hidden: (() => void) | undefined;
