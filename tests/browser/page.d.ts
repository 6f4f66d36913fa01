// Globals of the pages of these tests.

import type {} from "@throughline/browser/script";

declare global {
  interface Window {
    /** The client. */
    throughline: import("@throughline/browser").Throughline;
    /** Set once the engine runs. */
    engineRuns?: boolean;
  }
}
