// Keeps batches that could not be sent, and sends them later.

import { ofDocument } from "../core/platform.js";
import type { Shared } from "../context/record.js";
import { LEAVING, onShutdown, onWindow, whenStarted } from "../control/started.js";
import { Keeping } from "./keeping.js";
import type { OfflineOptions } from "./options.js";
import { addPart, toldOf } from "./parts.js";

/**
 * Keeps batches that could not be sent in IndexedDB, where the browser is offline, the receiver does not
 * respond or the page ends, and sends them after the next load, or when the browser is online again. Only
 * with `consent: "granted"`. Call it after `init`. Returns the function that ends it; what is stored stays.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 * import { keepOffline } from "@throughline/browser/offline";
 *
 * init({ endpoint: "/_t", key: "pk_demo", serviceName: "shop-web", consent: "granted" });
 * keepOffline({ maxAgeHours: 48 });
 * ```
 */
export const keepOffline = (options: OfflineOptions = {}): (() => void) => whenStarted(({ shared }) => start(shared, options));

function start(shared: Shared, options: OfflineOptions): (() => void) | void {
  // After `denied` the page may be given consent again.
  if (!["emptied", undefined].includes(toldOf(shared).offline?.state)) return;
  const keeping = new Keeping(shared, options);
  const remove = addPart(shared, {
    post: (batch, signal) => keeping.post(batch, signal),
    keeps: (batch, reason) => keeping.keeps(batch, reason),
    tell: () => ({ offline: keeping.tell() }),
  });

  const leave = ({ type }: Event): void => {
    if (type == "pagehide" || ofDocument("visibilityState") == "hidden") keeping.leave(type == "pagehide");
    else keeping.stay();
  };
  const wake = (): void => keeping.wake();
  const stops = [onWindow([...LEAVING, "pageshow"], leave), onWindow(["online"], wake)];
  // The engine is loaded when the page is idle.
  let tries = 0;
  const begin = (): void => {
    if (!keeping.begin() && ++tries < TRIES) setTimeout(begin, TRY_MS);
  };
  begin();
  return onShutdown(() => {
    stops.forEach((stop) => stop());
    keeping.end();
    // `diagnostics` goes on to say that the store was emptied.
    if (keeping.tell().state != "emptied") remove();
  });
}

const TRY_MS = 500;
/** Two minutes; later the first batch begins it. */
const TRIES = 240;
