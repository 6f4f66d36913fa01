// The functions of the npm package web-vitals, fed by our own measurements, so that its own tests can judge them.
//
// The vitals signal records facts, as in any page, and the engine that is shipped reports the
// vitals: an answer of this module is one of the product. The module adds what web-vitals gives
// besides and the product does not send: ids of that package's form, the entries of the browser
// behind a value, and with `reportAllChanges` what would be reported if the page were hidden now.

import { collectAttribution, reportSoftNavigations } from "../../../npm/browser/src/attribution.js";
import { ATTRIBUTION } from "../../../npm/browser/src/context/places.js";
import { makeClient } from "../../../npm/browser/src/client.js";
import { startParts } from "../../../npm/browser/src/context/degraded.js";
import { shared } from "../../../npm/browser/src/context/record.js";
import { encode } from "../../../npm/browser/src/core/encode.js";
import { facts as queue } from "../../../npm/browser/src/core/queue.js";
import { header } from "../../../npm/browser/src/core/header.js";
import type { Fact } from "../../../npm/browser/src/generated/facts.js";
import { early } from "../../../npm/browser/src/signals/vitals/early.js";
import { late } from "../../../npm/browser/src/signals/vitals/late.js";
import { Engine, type Vital } from "./engine.js";
import { entriesOf, observeEntries } from "./entries.js";
import { honourStubs, observeEventsFrom } from "./stubs.js";

interface Options {
  reportAllChanges?: boolean;
  reportSoftNavs?: boolean;
  durationThreshold?: number;
}
interface Metric {
  name: string;
  value: number;
  rating: string;
  delta: number;
  entries: PerformanceEntry[];
  id: string;
  navigationType: string;
  navigationId: number;
  navigationURL: string | undefined;
  /** All attributes of the record, for tests of what explains it. */
  attributes: Vital;
}
type Report = (metric: Metric) => void;

const on = (name: string) => (callback: Report, options: Options = {}): void => {
  registrations.push({ name, callback, options, metrics: new Map() });
  if (!isStarted && options.durationThreshold != undefined) observeEventsFrom(options.durationThreshold);
  start();
  if (options.reportSoftNavs) reportSoftNavigations();
  // One that comes late gets what was reported before.
  for (const vital of reported) if (nameOf(vital) == name) deliver(registrations.at(-1)!, vital);
};
export const onCLS = on("CLS");
export const onFCP = on("FCP");
export const onINP = on("INP");
export const onLCP = on("LCP");
export const onTTFB = on("TTFB");

/** A callback, and its metric by the id of ours. */
interface Registration {
  name: string;
  callback: Report;
  options: Options;
  metrics: Map<string, Metric>;
}
const registrations: Registration[] = [];
/** The reports so far. */
const reported: Vital[] = [];

let isStarted = false;
function start(): void {
  if (isStarted) return;
  isStarted = true;
  honourStubs();
  observeEntries();
  const delivery = {
    // The fact is in the queue when the present call has returned.
    wake: () => queueMicrotask(drain),
    sendAll: async () => drain(),
    leave: drain,
  };
  const client = makeClient({ endpoint: "/nowhere", embedded: true } as never, { vitals: early }, async () => ({
    deliver: async (endpoint) => {
      take([header(endpoint)]);
      startParts({ vitals: late }, endpoint);
      return delivery;
    },
  }));
  collectAttribution();
  const begin = (): void => void client.flush().then(drain);
  // As in the product: a page that is rendered ahead is not measured before it is shown.
  if (document.prerendering) addEventListener("prerenderingchange", begin, { once: true });
  else begin();
}

const engine = new Engine();
/** The facts of the visit. */
let visit: Fact[] = [];
/** Header and context, as text. */
let before = "";

/** Gives the facts that wait to the engine. */
function drain(): void {
  const taken = queue.splice(0).filter(([kind]) => kind != "E");
  // A larger paint is a change of its own, and shifts and events are one change together.
  for (let from = 0; from < taken.length; ) {
    const paint = taken.findIndex(([kind], at) => at >= from && kind == "l");
    const to = paint < 0 ? taken.length : paint + 1;
    take(taken.slice(from, to));
    from = to;
  }
}

function take(facts: Fact[]): void {
  for (const fact of facts) {
    if (fact[0] == "H" || fact[0] == "C") before = `${fact[0] == "H" ? "" : before.split("\x1e")[0] + "\x1e"}${encode([fact])}`;
    if (fact[0] == "a") visit = [];
    if (/[a-z]/.test(fact[0])) visit.push(fact);
    for (const vital of engine.take(encode([fact]))) {
      reported.push(vital);
      for (const one of registrations) if (one.name == nameOf(vital)) deliver(one, vital);
    }
  }
  if (!visit.length || !registrations.some(({ options }) => options.reportAllChanges)) return;
  tellChanges((name) => name != "INP");
  // As web-vitals: what explains an interaction comes later than its events.
  if (facts.some(([kind]) => kind == "i")) requestIdleCallback(() => tellChanges((name) => name == "INP"), { timeout: 1000 });
}

/** Reports what would be reported if the page were hidden now. */
function tellChanges(isTold: (name: string) => boolean): void {
  const at = Math.round(performance.now() * 1000);
  const ends: Fact[] = [["f", at], ["v", at, performance.interactionCount, 1]];
  for (const fact of ends) (shared[ATTRIBUTION] as (fact: Fact) => void)(fact);
  for (const vital of new Engine().take(before + encode([...visit, ...ends])))
    for (const one of registrations) if (one.options.reportAllChanges && one.name == nameOf(vital) && isTold(one.name)) deliver(one, vital);
}

function deliver({ name, callback, metrics }: Registration, vital: Vital): void {
  // web-vitals waits for the load, as the product does before it starts.
  if (name == "TTFB" && document.readyState != "complete") {
    addEventListener("load", () => setTimeout(() => deliver({ name, callback, metrics } as Registration, vital)), true);
    return;
  }
  const id = String(vital["browser.web_vital.id"]);
  const known = metrics.get(id);
  const type = String(vital["browser.web_vital.navigation_type"] ?? "navigate");
  const found = entriesOf(name, Number(vital["browser.web_vital.value"]), type, visit);
  // Ours is in whole µs; the browser's own number is the same, with its fractions.
  const value = found.value ?? Number(vital["browser.web_vital.value"]);
  if (known?.value === value) return;
  const metric: Metric = known ?? {
    name,
    value,
    rating: "good",
    delta: 0,
    entries: [],
    id: `v6-${Date.now()}-${Math.floor(Math.random() * (9e12 - 1)) + 1e12}`,
    navigationType: type,
    navigationId: Number(vital["throughline.web_vital.navigation_id"] ?? 0),
    navigationURL: String(vital["browser.document.url.full"]),
    attributes: vital,
  };
  metric.delta = known ? value - known.value : value;
  metric.value = value;
  metric.rating = String(vital["browser.web_vital.rating"]);
  metric.entries = found.entries;
  metric.attributes = vital;
  metrics.set(id, { ...metric });
  callback(metric);
}

const nameOf = (vital: Vital): string => String(vital["browser.web_vital.name"]).toUpperCase();
