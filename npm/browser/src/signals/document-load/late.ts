// Records the load of this document.

import { documentLoad, documentParent, navigation } from "../../context/document.js";
import { documentPlace } from "../../context/document-place.js";
import { recordAt } from "../../context/record.js";
import { micros, now } from "../../core/clock.js";
import { timing } from "../../core/resource-timing.js";
import type { LateSignal } from "../signal.js";

/** The late part of the document-load signal; `context/document.ts` has started its span. */
export const late: LateSignal = {
  start() {
    recorded = false;
    // `loadEventEnd` is set when the last `load` listener has returned, and an app may find its first route a moment later.
    const later = (): unknown => setTimeout(recordDocumentLoad, ROUTE_MS);
    if (navigation()?.loadEventEnd) later();
    else addEventListener("load", later, { once: true });
  },
  leave(ends) {
    if (ends || navigation()?.loadEventEnd) recordDocumentLoad();
  },
};

/** Records the load as far as it has come, once. */
function recordDocumentLoad(): void {
  const entry = navigation();
  if (!entry || recorded) return;
  recorded = true;
  recordAt(
    documentPlace(),
    "N",
    0,
    micros(entry.loadEventEnd) || now(),
    ...documentLoad,
    documentParent?.[1],
    "documentLoad",
    ...timing(entry),
    "",
    micros(entry.activationStart),
  );
}

/** Also while the signal is turned off. */
let recorded = true;
/** The time for that, in ms: as long as the first batch waits. */
const ROUTE_MS = 1000;
