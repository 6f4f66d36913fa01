// Sums up the resources that a document has loaded.

/** A resource as the summary names it: its address without the query, and times in whole ms since the page's time origin. */
interface Named {
  readonly url: string;
  readonly kind: string;
  readonly start: number;
  readonly duration: number;
  readonly bytes: number;
}

/** All of a kind. */
interface Kind {
  readonly kind: string;
  readonly count: number;
  readonly bytes: number;
  /** Whole ms in which at least one of them was loading. */
  readonly duration: number;
}

/** The resources that had arrived by a time. */
export interface Summary {
  readonly count: number;
  readonly cached: number;
  /** Absent in a browser that does not tell. */
  readonly blocking: number | undefined;
  readonly bytes: number;
  readonly kinds: readonly Kind[];
  readonly slowest: readonly Named[];
}

/** Sums up the entries that ended by then, ms since the page's time origin. */
export function summaryOf(entries: readonly Entry[], end: number): Summary {
  const all = entries.filter(({ responseEnd }) => responseEnd > 0 && responseEnd <= end);
  const kinds = [...new Set(all.map(({ initiatorType }) => initiatorType))].slice(0, MOST_KINDS);
  return {
    count: all.length,
    cached: all.filter(isCached).length,
    blocking: all.some(({ renderBlockingStatus }) => renderBlockingStatus) ? all.filter(({ renderBlockingStatus }) => renderBlockingStatus == "blocking").length : undefined,
    bytes: bytesOf(all),
    kinds: kinds.map((kind) => {
      const ofKind = all.filter(({ initiatorType }) => initiatorType == kind);
      return { kind, count: ofKind.length, bytes: bytesOf(ofKind), duration: busy(ofKind) };
    }),
    slowest: [...all]
      .sort((a, b) => b.duration - a.duration)
      .slice(0, MOST)
      .map(({ name, initiatorType, startTime, duration, transferSize }) => ({
        // A `data:` address is its content.
        url: (/^data:/.test(name) ? "data:" : name.split(/[?#]/)[0]!).slice(0, LONGEST),
        kind: initiatorType,
        start: Math.round(startTime),
        duration: Math.round(duration),
        bytes: transferSize,
      })),
  };
}

type Entry = PerformanceResourceTiming & { readonly deliveryType?: string; readonly renderBlockingStatus?: string };

/** Of another origin that shows no sizes it is not known. */
const isCached = ({ deliveryType, transferSize, decodedBodySize }: Entry): boolean => deliveryType == "cache" || (transferSize == 0 && decodedBodySize > 0);

const bytesOf = (entries: readonly Entry[]): number => entries.reduce((sum, { transferSize }) => sum + transferSize, 0);

/** The time in which at least one of them was loading, in whole ms. */
function busy(entries: readonly Entry[]): number {
  let time = 0;
  let until = 0;
  for (const { startTime, responseEnd } of [...entries].sort((a, b) => a.startTime - b.startTime)) {
    time += Math.max(0, responseEnd - Math.max(until, startTime));
    until = Math.max(until, responseEnd);
  }
  return Math.round(time);
}

const MOST = 5;
const MOST_KINDS = 12;
/** UTF-16 code units of an address. */
const LONGEST = 200;
