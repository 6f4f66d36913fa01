// Breadcrumbs with the categories and members that Sentry's packages give them.

import { THROUGHLINE_EXCEPTION_BREADCRUMBS } from "../generated/semconv.js";
import type { Breadcrumb as Own, ConsoleMethod } from "../reporting/breadcrumb.js";
import { addBreadcrumb as addOwn, collectBreadcrumbs } from "../reporting/breadcrumbs.js";
import { asText } from "./attributes.js";
import type { Breadcrumb, BreadcrumbHint, Event, SeverityLevel } from "./event.js";
import { settings } from "./settings.js";
import { tell } from "./told.js";

/** Which breadcrumbs are collected. */
export interface BreadcrumbsOptions {
  /** Clicks. */
  dom: boolean | { serializeAttribute?: string | string[]; maxStringLength?: number };
  /** Requests, by whichever of the two. */
  fetch: boolean;
  xhr: boolean;
  /** Changes of the address. */
  history: boolean;
  /** Events that were sent before. */
  sentry: boolean;
  /** Calls of `console`; version 11 of Sentry's package has `consoleIntegration` for it. */
  console: boolean;
}

/** Adds a breadcrumb to what events have from here on; the hint is for `beforeBreadcrumb` alone. */
export function addBreadcrumb(breadcrumb: Breadcrumb, hint?: BreadcrumbHint): void {
  try {
    const own = ownOf(breadcrumb);
    given = { breadcrumb, hint, own };
    addOwn(own);
  } catch {
    // It cannot be read.
  }
  given = undefined;
}

/** Collects what the integrations say. */
export function startBreadcrumbs(): void {
  const { options, integrations } = settings;
  const of = (name: string): Record<string, any> | undefined => {
    const found = integrations.find((one) => one.name == name) as { options?: Record<string, any> } | undefined;
    return found && (found.options ?? {});
  };
  const wanted: Partial<BreadcrumbsOptions> | undefined = of("Breadcrumbs");
  const levels: readonly string[] | undefined = wanted?.console === false ? undefined : of("Console") && (of("Console")!["levels"] ?? METHODS);
  const isOn: Readonly<Record<string, boolean>> = {
    click: !!wanted && wanted.dom !== false,
    navigation: !!wanted && wanted.history !== false,
    request: !!wanted && (wanted.fetch !== false || wanted.xhr !== false),
    console: true,
  };
  collectBreadcrumbs({
    limit: options.maxBreadcrumbs ?? 100,
    console: METHODS.filter((one) => levels?.includes(one)),
    beforeBreadcrumb(own) {
      // A navigation that is noticed meanwhile comes before the one that the page adds.
      const one = given?.own == own ? given : undefined;
      if (!one && !isOn[own.category]) return null;
      const breadcrumb = one ? { timestamp: Date.now() / 1000, ...one.breadcrumb } : fromOwn(own);
      const changed = options.beforeBreadcrumb ? options.beforeBreadcrumb(breadcrumb, one?.hint) : breadcrumb;
      return changed && ownOf(changed);
    },
  });
}

/** Adds the breadcrumb of an event that was sent. */
export function addOwnBreadcrumb({ event_id, level, message, exception }: Event): void {
  const wanted = settings.integrations.find(({ name }) => name == "Breadcrumbs") as { options?: Partial<BreadcrumbsOptions> } | undefined;
  if (!wanted || wanted.options?.sentry === false) return;
  // The innermost, as Sentry names it.
  const { type, value } = exception?.values?.[0] ?? {};
  addBreadcrumb({ category: "sentry.event", ...(event_id && { event_id }), ...(level && { level }), message: message || [type, value].filter(Boolean).join(": ") });
}

/** The breadcrumbs that a record has. */
export function breadcrumbsIn(own: readonly string[]): Breadcrumb[] | undefined {
  const at = own.indexOf(THROUGHLINE_EXCEPTION_BREADCRUMBS);
  try {
    if (at >= 0 && !(at & 1)) return (JSON.parse(own[at + 1]!) as (Own & { time: number })[]).map(({ time, ...one }) => ({ timestamp: time / 1000, ...one }) as Breadcrumb);
  } catch {
    // A record of another version.
  }
  return undefined;
}

/** The text of an event's breadcrumbs; the last ones, where there is no room for all. */
export function breadcrumbsText(breadcrumbs: readonly Breadcrumb[] | undefined): string {
  const texts = (breadcrumbs ?? []).map((one) => {
    const { category, message, data, level } = ownOf(one);
    const members = Object.entries(data ?? {}).map(([name, value]) => [cut(name), cut(String(value))]);
    return JSON.stringify({
      time: Math.round((one.timestamp ?? Date.now() / 1000) * 1000),
      category: cut(category),
      ...(level && { level }),
      message: cut(message),
      ...(members[0] && { data: Object.fromEntries(members) }),
    });
  });
  while (texts.join().length > ROOM) texts.shift();
  return texts[0] ? `[${texts}]` : "";
}

/** A breadcrumb of the client's as Sentry's packages have it. */
function fromOwn({ category, message, data = {} }: Own): Breadcrumb {
  const timestamp = Date.now() / 1000;
  const { status, from, method, error } = data;
  switch (category) {
    case "click":
      return { timestamp, category: "ui.click", message };
    case "navigation":
      return { timestamp, category, data: { from, to: message } };
    case "request": {
      const [, verb, url] = /^(\S*) (.*)$/.exec(message) ?? [];
      const level: SeverityLevel | undefined = error || +status! >= 500 ? "error" : +status! >= 400 ? "warning" : undefined;
      return { timestamp, type: "http", category: "fetch", ...(level && { level }), data: { method: verb, url, ...(status && { status_code: +status }), ...(error && { error }) } };
    }
    default:
      return { timestamp, category, message, level: LEVELS[method as ConsoleMethod] ?? "log", data: { logger: "console" } };
  }
}

/** A breadcrumb as the client has it: what has no message is named by its data. */
function ownOf({ category = "default", message, data, level, type }: Breadcrumb): Own {
  const { method, url, to } = data ?? {};
  const members = Object.entries(data ?? {}).map(([name, value]) => [name, asText(value)]);
  if (type && type != "default" && type != "http") tell("`type` of a breadcrumb is not sent, `category` is");
  return {
    category,
    message: message ?? (url ? `${method ?? ""} ${url}`.trim() : asText(to)),
    ...(level && { level }),
    data: Object.fromEntries(members),
  };
}

/** Without quotes, as the client keeps them: what redacts the JSON later does not know `\"`. */
const cut = (text: string): string => text.slice(0, LONGEST).replaceAll('"', "'");

/** The breadcrumb that the page adds itself. */
let given: { breadcrumb: Breadcrumb; hint: BreadcrumbHint | undefined; own: Own } | undefined;

const METHODS: readonly ConsoleMethod[] = ["debug", "error", "info", "log", "warn"];
const LEVELS: Readonly<Partial<Record<ConsoleMethod, SeverityLevel>>> = { debug: "debug", error: "error", info: "info", warn: "warning" };
/** Characters of a message and of a value; of all together. */
const LONGEST = 500;
const ROOM = 3900;
