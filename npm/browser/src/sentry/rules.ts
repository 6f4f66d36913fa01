// The rules by which events are refused: `ignoreErrors`, `allowUrls`, `denyUrls`, and noise of browsers.

import type { Event } from "./event.js";
import type { BrowserOptions } from "./options.js";
import { settings } from "./settings.js";

/** Texts that are looked for, and expressions that are tried. */
export type Patterns = readonly (string | RegExp)[];

/** Whether the options, or those of an event filter in the integrations, refuse an event. */
export function isRefused(event: Event): boolean {
  const { options, integrations } = settings;
  const filter = integrations.find(({ name }) => FILTERS.includes(name)) as { options?: Rules } | undefined;
  if (!filter) return false;
  const { ignoreErrors, allowUrls, denyUrls, disableErrorDefaults }: Rules = filter.options ?? {};
  const of = (one: Patterns | undefined, other: Patterns | undefined): Patterns => [...asList(one), ...asList(other)];
  const last = event.exception?.values?.at(-1);
  const texts = last ? [last.value ?? "", `${last.type}: ${last.value}`] : [event.message ?? ""];
  const ignored = [...of(options.ignoreErrors, ignoreErrors), ...(disableErrorDefaults ? [] : NOISE)];
  if (texts.some((text) => matches(ignored, text))) return true;
  const script = last?.stacktrace?.frames?.filter(({ filename = "<" }) => !/^[<[]/.test(filename)).at(-1)?.filename;
  const [denied, allowed] = [of(options.denyUrls, denyUrls), of(options.allowUrls, allowUrls)];
  return !!script && (matches(denied, script) || (allowed.length > 0 && !matches(allowed, script)));
}

interface Rules extends Pick<BrowserOptions, "ignoreErrors" | "allowUrls" | "denyUrls"> {
  disableErrorDefaults?: boolean;
}

const asList = (patterns: Patterns | undefined): Patterns => (Array.isArray(patterns) ? patterns : []);

const matches = (patterns: Patterns, text: string): boolean =>
  patterns.some((pattern: unknown) => (typeof pattern == "string" ? pattern && text.includes(pattern) : pattern instanceof RegExp && text.search(pattern) >= 0));

/** Names of the integration that applies the rules, also those of earlier versions. */
export const FILTERS: readonly string[] = ["EventFilters", "InboundFilters"];
/** Errors of which a page can say nothing, and which hide nothing. */
const NOISE: Patterns = [/^Script error\.?$/, /^ResizeObserver loop (limit exceeded|completed with undelivered notifications\.?)$/];
