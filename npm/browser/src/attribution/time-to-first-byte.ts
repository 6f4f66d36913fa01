// Explains the time to first byte by its parts.
//
// https://github.com/GoogleChrome/web-vitals/blob/main/src/attribution/onTTFB.ts

import {
  THROUGHLINE_WEB_VITAL_CACHE_DURATION,
  THROUGHLINE_WEB_VITAL_CONNECTION_DURATION,
  THROUGHLINE_WEB_VITAL_DNS_DURATION,
  THROUGHLINE_WEB_VITAL_REQUEST_DURATION,
  THROUGHLINE_WEB_VITAL_WAITING_DURATION,
} from "../generated/semconv.js";
import { navigation } from "./navigation.js";
import { pairsOf, type Pairs } from "./pairs.js";
import type { Visit } from "./visit.js";

/** The parts; nothing where no byte was waited for. */
export function timeToFirstByte({ type }: Visit): Pairs | undefined {
  const entry = navigation();
  if (!entry || type == "back-forward-cache" || type == "soft-navigation") return undefined;
  const since = (time: number): number => Math.max(0, time - (entry.activationStart ?? 0));
  // The start of a service worker is a part of what the cache takes.
  const waited = since(entry.workerStart || entry.fetchStart);
  const [dns, connect, connected] = [since(entry.domainLookupStart), since(entry.connectStart), since(entry.connectEnd)];
  return pairsOf({}, {
    [THROUGHLINE_WEB_VITAL_WAITING_DURATION]: waited,
    [THROUGHLINE_WEB_VITAL_CACHE_DURATION]: dns - waited,
    [THROUGHLINE_WEB_VITAL_DNS_DURATION]: connect - dns,
    [THROUGHLINE_WEB_VITAL_CONNECTION_DURATION]: connected - connect,
    [THROUGHLINE_WEB_VITAL_REQUEST_DURATION]: since(entry.responseStart) - connected,
  });
}
