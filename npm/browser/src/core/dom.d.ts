// Types of browser features that the DOM library of TypeScript lacks.

/** https://wicg.github.io/nav-speculation/prerendering.html, https://wicg.github.io/page-lifecycle/ */
interface Document {
  readonly prerendering?: boolean;
  readonly wasDiscarded?: boolean;
}

/** https://wicg.github.io/nav-speculation/prerendering.html#performance-navigation-timing-extension */
interface PerformanceNavigationTiming {
  readonly activationStart?: number;
}

interface PerformanceResourceTiming {
  /** https://www.w3.org/TR/resource-timing/#dom-performanceresourcetiming-deliverytype */
  readonly deliveryType?: string;
}

/** https://w3c.github.io/event-timing/#sec-interaction-count */
interface Performance {
  readonly interactionCount?: number;
}

/** https://w3c.github.io/event-timing/#sec-performance-event-timing */
interface InteractionTiming extends PerformanceEntry {
  readonly interactionId?: number;
  readonly processingStart: number;
  readonly processingEnd: number;
}

/** https://w3c.github.io/largest-contentful-paint/#sec-largest-contentful-paint-interface */
interface PaintEntry extends PerformanceEntry {
  readonly element?: Element | null;
  readonly id?: string;
  readonly url?: string;
  readonly renderTime: number;
}

/** https://wicg.github.io/soft-navigations/#sec-interaction-contentful-paint */
interface InteractionPaintEntry extends PaintEntry {
  readonly interactionId?: number;
  readonly largestContentfulPaint?: PaintEntry | null;
}

/** https://wicg.github.io/soft-navigations/#sec-performance-soft-navigation */
interface SoftNavigationEntry extends NavigationIdentity {
  readonly interactionId?: number;
  readonly paintTime?: number;
  readonly presentationTime?: number | null;
  getLargestInteractionContentfulPaint?(): InteractionPaintEntry | null;
}

/** `navigationId` is not in every browser. */
interface NavigationIdentity extends PerformanceEntry {
  readonly navigationId?: number;
}
interface NavigationEntry extends PerformanceNavigationTiming, NavigationIdentity {}

/** https://w3c.github.io/long-animation-frames/ */
interface LongFrame extends PerformanceEntry {
  readonly renderStart: number;
  readonly styleAndLayoutStart: number;
  readonly firstUIEventTimestamp: number;
  readonly blockingDuration: number;
  readonly scripts: readonly {
    readonly startTime: number;
    readonly duration: number;
    readonly invoker: string;
    readonly invokerType: string;
    readonly sourceURL: string;
    readonly sourceFunctionName: string;
    readonly sourceCharPosition?: number;
    readonly pauseDuration?: number;
    readonly forcedStyleAndLayoutDuration?: number;
  }[];
}

/** https://wicg.github.io/layout-instability/#sec-layout-shift */
interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
  readonly sources?: readonly { readonly node?: Node | null }[];
}

interface Navigator {
  /** https://www.w3.org/TR/gpc/#dom-globalprivacycontrol */
  readonly globalPrivacyControl?: boolean;
  /** https://wicg.github.io/ua-client-hints/#navigatoruadata */
  readonly userAgentData?: {
    readonly brands: readonly { readonly brand: string; readonly version: string }[];
    readonly mobile: boolean;
    readonly platform: string;
  };
}

interface Navigator {
  /** GiB, rounded: https://www.w3.org/TR/device-memory/ */
  readonly deviceMemory?: number;
}

interface Performance {
  /** https://wicg.github.io/performance-measure-memory/ */
  measureUserAgentSpecificMemory?(): Promise<{ readonly bytes: number }>;
}

/** https://wicg.github.io/crash-reporting/#crashreportcontext */
interface CrashReportContext {
  initialize(length: number): Promise<void>;
  set(key: string, value: string): void;
  delete(key: string): void;
}

interface Window {
  readonly crashReport?: CrashReportContext;
}

/** https://fetch.spec.whatwg.org/#dom-window-fetchlater: not in every browser. */
// eslint-disable-next-line no-var -- a global of the browser
declare var fetchLater: undefined | ((address: string, options: RequestInit & { activateAfter?: number }) => { readonly activated: boolean });
