// How are facts written down for a reader, and what does a new reader have to know?

import { micros } from "../capture/clock.js";
import { describe } from "../capture/exception.js";
import { queue, type Fact } from "../capture/facts.js";
import { describeTarget } from "./target.js";

/** Takes up to so many facts out of the queue. */
export function take(count: number): Fact[] {
  const facts = queue.splice(0, count);
  // While a laptop sleeps `performance.now()` stands still, and everything after would be
  // as old as the sleep was long: https://github.com/w3c/hr-time/issues/115
  const seen = micros(Date.now() - performance.now());
  if (Math.abs(seen - origin) > DRIFT) {
    origin = seen;
    facts.unshift(context);
  }
  return facts;
}

/** Facts as text. One that cannot be written, because the page's objects can do anything, is counted. */
export const write = (facts: readonly Fact[]): string => facts.map(line).join("");

function line(fact: Fact): string {
  try {
    return fields(fact).map(clean).join("\x1f") + "\x1e";
  } catch {
    return line(["X", "unreadable", 1]);
  }
}

/** These facts for a reader that knows nothing yet. */
export const whole = (facts: readonly Fact[]): string => write([...kept, ["M"], ...facts]);

/** Remembers of facts that were read what a reader that begins again has to know. */
export function keep(read: readonly Fact[]): void {
  for (const fact of read) {
    const [kind] = fact;
    // A lower-case kind is a measurement that later ones add to.
    if (kind == "H" || kind > "Z") kept.push(fact);
    else if (kind == "C") kept[1] = fact;
  }
  // There is no end to shifts and inputs, of which the oldest go; the rest is few.
  while (kept.length > KEPT_LIMIT) kept.splice(Math.max(2, kept.findIndex(([kind]) => /[is]/.test(kind))), 1);
}

/** The fields of a fact; what it holds as an object is taken apart only now, at leisure. */
function fields(fact: Fact): readonly unknown[] {
  const [kind, ...rest] = fact;
  const last = rest.at(-1);
  if (kind == "E") return [kind, ...rest.slice(0, -1), ...describe(last)];
  if (kind == "I") return [kind, ...rest.slice(0, -2), ...describeTarget(last as EventTarget[]), rest.at(-2)];
  if (last instanceof URL) return [kind, ...rest.slice(0, -1), ...server(last)];
  if (kind != "C") return fact;
  context = fact;
  return [kind, origin, ...rest];
}

/** Host and port, which a URL leaves out where it is the usual one. */
const server = ({ hostname, port, protocol }: URL): unknown[] => [
  // The brackets of an IPv6 address belong to the URL.
  hostname.replace(/[[\]]/g, ""),
  port || (protocol == "https:" ? 443 : 80),
];

const clean = (field: unknown): string =>
  field == null ? "" : String(field).slice(0, FIELD_LIMIT).replace(/[\x1e\x1f]/g, " ");

/** Header, context, and then measurements: as they were when facts were read last. */
const kept: Fact[] = [];
let context: Fact = ["C"];
/** The wall clock at the page's time origin, µs since the Unix epoch. */
let origin = micros(performance.timeOrigin);

const KEPT_LIMIT = 400;
/** As much as is kept of a stack; a data: URL does not fit. */
const FIELD_LIMIT = 8192;
/** µs. `Date.now()` is whole milliseconds and NTP moves it a little: less is no drift. */
const DRIFT = 1_000_000;
