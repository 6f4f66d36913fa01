// Names of attributes that pages import, by Sentry's names for them.

/** `sentry.op`: what a span does. */
export const SEMANTIC_ATTRIBUTE_SENTRY_OP = "sentry.op";
/** `sentry.origin`: what has created a span. */
export const SEMANTIC_ATTRIBUTE_SENTRY_ORIGIN = "sentry.origin";
/** `sentry.source`: what kind of name a span has. */
export const SEMANTIC_ATTRIBUTE_SENTRY_SOURCE = "sentry.source";
/** `sentry.sample_rate`: an attribute like any other here. */
export const SEMANTIC_ATTRIBUTE_SENTRY_SAMPLE_RATE = "sentry.sample_rate";
/** The version of this package. */
export const SDK_VERSION: string = VERSION;
