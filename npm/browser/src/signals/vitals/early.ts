// Notes when the page is hidden first: what is painted after that waited for the person.

import { now } from "../../core/clock.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the vitals signal. */
export const early: EarlySignal = {
  leave() {
    hiddenAt ??= now();
  },
};

/** When the page was hidden first, in µs; the browser may have an entry of an earlier time. */
export let hiddenAt: number | undefined;
