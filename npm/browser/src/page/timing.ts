// What does a performance entry say about a request?

import { micros } from "../capture/clock.js";

/** When the request passed its stations, its size, and the version of HTTP. */
export function timing(entry: PerformanceResourceTiming): unknown[] {
  // A connection that was open already passes these stations in no time.
  const connecting = (at: number): number => (entry.connectEnd > entry.fetchStart ? at : 0);
  return [
    ...[
      entry.fetchStart,
      connecting(entry.domainLookupStart),
      connecting(entry.domainLookupEnd),
      connecting(entry.connectStart),
      connecting(entry.secureConnectionStart),
      connecting(entry.connectEnd),
      entry.requestStart,
      entry.responseStart,
      entry.responseEnd,
    ].map(micros),
    entry.encodedBodySize,
    // `h2`, `http/1.1`: https://www.iana.org/assignments/tls-extensiontype-values
    /^h(?:ttp\/)?([\d.]+)/.exec(entry.nextHopProtocol)?.[1],
  ];
}
