// The client: one per page, whatever the number of copies of this package and their versions.
//
// The first copy that is initialised stores its client on `globalThis`; every other copy
// finds and returns it. So a client of this version may serve a copy of a later version, and
// these rules hold for all versions: the key and the members of `Client` are never removed
// and never change their meaning. New members may be added, so a copy tests for a member
// that is newer than version 0.1.0 before it uses it.

import { advise, adviseAgain, adviseOff } from "./advice.js";
import { capture, type Load } from "./capture.js";
import type { Parts } from "./context/degraded.js";
import { identifyDocumentLoad } from "./context/document.js";
import { shared, type Shared } from "./context/record.js";
import { guarded } from "./core/guarded.js";
import type { Options, Throughline } from "./options.js";
import { early as errors, recordCaught, recordUnhandled } from "./signals/errors/early.js";
import type { EarlySignal } from "./signals/signal.js";

/** The client as other copies see it; the object is frozen. */
export interface Client extends Throughline {
  /** Version of the package that made it. */
  readonly version: string;
  /** Records an `error` or `unhandledrejection` event of an unhandled error; a repeated event is ignored. */
  captureEvent(event: Event): void;
  /** State and functions that optional parts of the package read and replace; later versions add places at the end. */
  readonly shared?: Shared;
}

/** The page's client, if a copy has made one. */
export const findClient = (): Client | undefined => page[KEY];

/**
 * Returns the page's client; makes it if there is none. It captures errors and `signals`.
 * Never throws. Outside a page (server-side rendering) the client does nothing.
 */
export function makeClient(options: Options, signals: Parts<EarlySignal>, load: Load): Client {
  let client = findClient();
  if (DEVELOPMENT && client) adviseAgain(client.version, options);
  if (client) return client;
  let flush: Throughline["flush"] | undefined;
  client = Object.freeze({
    version: VERSION,
    captureException: recordCaught,
    captureEvent: recordUnhandled,
    shared,
    flush: async () => flush?.(),
  });
  // A page without telemetry is better than no page.
  if (page.document) guarded(() => {
    // The page around a frame has a client of its own; `chrome-extension:`, `moz-extension:` and the like are no pages of a site.
    if ((navigator.globalPrivacyControl && !options.consent) || ((top != window || /^[^:]*-ext/.test(location.origin)) && !options.embedded)) {
      if (DEVELOPMENT) adviseOff(options);
      return;
    }
    page[KEY] = client;
    if (DEVELOPMENT) advise(options);
    flush = capture(options, { errors, document: { start: identifyDocumentLoad }, ...signals }, load);
  })();
  return client;
}

const KEY = Symbol.for("throughline");
const page = globalThis as { [KEY]?: Client; document?: Document };
