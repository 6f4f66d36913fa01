// How does the package begin, whatever entry it was called by?

import { advise } from "./advice.js";
import { start, type Load } from "./capture/start.js";
import type { Options, Throughline } from "./options.js";

/** Begins to watch the page, once; `load` brings the half that can wait. Never throws. */
export function begin(options: Options, load: Load): Throughline {
  return (running ??= attempt(options, load));
}

function attempt(options: Options, load: Load): Throughline {
  try {
    if (typeof document != "undefined") {
      if (DEVELOPMENT) advise(options);
      return start(options, load);
    }
  } catch {
    // A page without telemetry is better than no page.
  }
  return { captureException() {}, async flush() {} };
}

let running: Throughline | undefined;

/** Whether this is the development build; the build puts it in. */
declare const DEVELOPMENT: boolean;
