// Types of browser features that the DOM library of TypeScript lacks.

/** https://wicg.github.io/nav-speculation/prerendering.html, https://wicg.github.io/page-lifecycle/ */
interface Document {
  readonly prerendering?: boolean;
  readonly wasDiscarded?: boolean;
}

/** https://wicg.github.io/nav-speculation/prerendering.html#performance-navigation-timing-extension */
interface PerformanceNavigationTiming {
  readonly activationStart?: number;
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
}

/** https://wicg.github.io/layout-instability/#sec-layout-shift */
interface LayoutShift extends PerformanceEntry {
  readonly value: number;
  readonly hadRecentInput: boolean;
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
