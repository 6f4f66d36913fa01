// Records the load of this document.

import { documentLoad, documentParent, navigation } from "../../context/document.js";
import { documentPlace } from "../../context/document-place.js";
import { recordAt } from "../../context/record.js";
import { micros, now } from "../../core/clock.js";
import { ofDocument } from "../../core/platform.js";
import { timing } from "../../core/resource-timing.js";
import type { LateSignal } from "../signal.js";

/** The late part of the document-load signal; `context/document.ts` has started its span. */
export const late: LateSignal = {
  start() {
    recorded = false;
    // `loadEventEnd` is set when the last `load` listener has returned.
    if (ofDocument("readyState") == "complete") setTimeout(recordDocumentLoad);
    else addEventListener("load", () => setTimeout(recordDocumentLoad), { once: true });
  },
  leave(ends) {
    if (ends) recordDocumentLoad();
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
