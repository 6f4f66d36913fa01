// Reads the phases of a request from its performance entry.

import type { Timing } from "../generated/facts.js";
import { micros } from "./clock.js";

/** The fields of a fact about a request's timing: its phases in µs, its size, and the version of HTTP. */
export function timing(entry: PerformanceResourceTiming): Timing {
  // A connection that was open already passes these phases in no time.
  const connecting = (at: number): number => (entry.connectEnd > entry.fetchStart ? micros(at) : 0);
  return [
    micros(entry.fetchStart),
    connecting(entry.domainLookupStart),
    connecting(entry.domainLookupEnd),
    connecting(entry.connectStart),
    connecting(entry.secureConnectionStart),
    connecting(entry.connectEnd),
    micros(entry.requestStart),
    micros(entry.responseStart),
    micros(entry.responseEnd),
    entry.encodedBodySize,
    // `h2`, `http/1.1`: https://www.iana.org/assignments/tls-extensiontype-values
    /^h(?:ttp\/)?([\d.]+)/.exec(entry.nextHopProtocol)?.[1],
  ];
}
