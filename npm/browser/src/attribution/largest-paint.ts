// Explains the largest contentful paint by its element, its resource and its parts.
//
// https://github.com/GoogleChrome/web-vitals/blob/main/src/attribution/onLCP.ts

import type { Kept, selectorOf } from "../context/target.js";
import type { HiddenFact, LargestContentfulPaintFact, VisitFact } from "../generated/facts.js";
import {
  BROWSER_CSS_SELECTOR,
  THROUGHLINE_WEB_VITAL_ELEMENT_RENDER_DELAY,
  THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DELAY,
  THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DURATION,
  THROUGHLINE_WEB_VITAL_TIME_TO_FIRST_BYTE,
  URL_FULL,
} from "../generated/semconv.js";
import { navigation } from "./navigation.js";
import { Last, observe } from "./observe.js";
import { pairsOf, type Pairs } from "./pairs.js";
import { pathOf } from "./path.js";
import type { Visit } from "./visit.js";

/** The paints of a visit. */
export interface Paints {
  begin(fact: VisitFact): void;
  add(fact: LargestContentfulPaintFact): void;
  /** Notes that the page is hidden: a later paint does not count. */
  hide(fact: HiddenFact): void;
  /** Explains the largest paint. */
  explain(visit: Visit, selector: typeof selectorOf): Pairs | undefined;
}

/** Starts to observe. */
export function collectPaints(): Paints {
  /** By time, in µs. */
  const known = new Last<number, readonly [path: Kept[], url: string | undefined, at: number]>();
  const take = observe<InteractionPaintEntry>(["largest-contentful-paint", "interaction-contentful-paint"], (entry) => {
    // A paint after a navigation within the page is in the entry of its interaction.
    const paint = entry.largestContentfulPaint ?? entry;
    const { element, id, renderTime, startTime, url } = paint;
    const at = startTime || renderTime;
    // An element that was removed still has its id.
    known.set(Math.round(at * 1000), [element ? pathOf(element) : id ? [["", id]] : [], url, at]);
  });
  /** The last ones: a page may have more than the browser keeps. */
  let resources: PerformanceResourceTiming[] = [];
  const takeResources = observe<PerformanceResourceTiming>(["resource"], (entry) => {
    resources = [...resources.slice(1 - RESOURCES), entry];
  });
  let hidden = Infinity;
  let largest: number | undefined;
  return {
    begin([, , , since]) {
      hidden = since === "" || since == null ? Infinity : since;
      largest = undefined;
    },
    add([, at]) {
      take();
      if ((at as number) < hidden) largest = at as number;
    },
    hide([, at, , visible]) {
      if (!visible) hidden = Math.min(hidden, at as number);
    },
    explain({ began, type }, selector) {
      if (largest == null) return undefined;
      takeResources();
      const [path, url, at] = known.get(largest) ?? [];
      const took = Math.max(0, largest / 1000 - began);
      const soft = type == "soft-navigation";
      const parts = (firstByte: number, delay: number, duration: number): Pairs =>
        pairsOf(
          { [BROWSER_CSS_SELECTOR]: path?.[0] && selector(path), [URL_FULL]: url },
          {
            [THROUGHLINE_WEB_VITAL_TIME_TO_FIRST_BYTE]: firstByte,
            [THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DELAY]: delay,
            [THROUGHLINE_WEB_VITAL_RESOURCE_LOAD_DURATION]: duration,
            [THROUGHLINE_WEB_VITAL_ELEMENT_RENDER_DELAY]: took - firstByte - delay - duration,
          },
        );
      const document = navigation();
      if (!path || (!document && !soft)) return parts(0, 0, 0);
      // The last load of an address that may have painted the element; a video may go on loading.
      const isIts = ({ name, requestStart, startTime }: PerformanceResourceTiming): boolean =>
        name == url && (requestStart || startTime) <= at!;
      const all = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
      const resource = url ? lastOf(resources, isIts) ?? lastOf(all, isIts) : undefined;
      const firstByte = soft ? 0 : Math.max(0, document!.responseStart - began);
      const requested = Math.max(firstByte, resource ? (resource.requestStart || resource.startTime) - began : 0);
      const loaded = Math.min(took, Math.max(requested, resource ? resource.responseEnd - began : 0));
      return parts(firstByte, requested - firstByte, loaded - requested);
    },
  };
}

/** `findLast` is not in every browser. */
const lastOf = <Item>(items: readonly Item[], fits: (item: Item) => boolean): Item | undefined => [...items].reverse().find(fits);

const RESOURCES = 50;
