// How long did the load of this document take?

import { micros, now } from "../capture/clock.js";
import { documentLoad, documentParent, navigation } from "../capture/document.js";
import { record } from "../capture/facts.js";
import { timing } from "./timing.js";

/** Notes the document's load once it is complete. */
export function captureDocumentLoad(): void {
  // `loadEventEnd` is set when the last `load` listener has returned.
  if (document.readyState == "complete") setTimeout(recordDocumentLoad);
  else addEventListener("load", () => setTimeout(recordDocumentLoad), { once: true });
}

/** Notes the document's load as far as it has come, once. */
export function recordDocumentLoad(): void {
  const entry = navigation();
  if (!entry || recorded) return;
  recorded = true;
  record(
    "N",
    0,
    micros(entry.loadEventEnd) || now(),
    ...documentLoad,
    documentParent?.[1],
    "documentLoad",
    ...timing(entry),
  );
}

let recorded = false;
