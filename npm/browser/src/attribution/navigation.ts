// The navigation of the document, and how far it was loaded at a time.

import { ofDocument } from "../core/platform.js";

/** The entry, unless the browser does not say when its response began, or says nonsense (https://bugs.webkit.org/show_bug.cgi?id=186919). */
export function navigation(): NavigationEntry | undefined {
  const [entry] = performance.getEntriesByType("navigation") as NavigationEntry[];
  return entry && entry.responseStart > 0 && entry.responseStart < performance.now() ? entry : undefined;
}

/** When the document was shown, where it was rendered ahead, ms; else 0. */
export const activation = (): number => navigation()?.activationStart ?? 0;

/** How far the document was loaded at a time, ms. */
export function loadStateAt(time: number): string {
  if (ofDocument("readyState") == "loading") return "loading";
  const entry = navigation();
  if (!entry) return "complete";
  const { domInteractive, domContentLoadedEventStart, domComplete } = entry;
  if (time < domInteractive) return "loading";
  if (!domContentLoadedEventStart || time < domContentLoadedEventStart) return "dom-interactive";
  return !domComplete || time < domComplete ? "dom-content-loaded" : "complete";
}
