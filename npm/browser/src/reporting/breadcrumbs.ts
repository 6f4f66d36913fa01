// Collects what happens in the page, and sends it with errors alone.

import { onShutdown, onWindow, whenStarted } from "../control/started.js";
import type { RequestFact } from "../generated/facts.js";
import { THROUGHLINE_EXCEPTION_BREADCRUMBS } from "../generated/semconv.js";
import type { Breadcrumb, BreadcrumbOptions, ConsoleMethod } from "./breadcrumb.js";
import { merged, whileOwn } from "./own-attributes.js";
import { report, type Started } from "./page-client.js";
import { BREADCRUMBS, LAST_BREADCRUMB } from "../context/places.js";

/** A function that keeps a breadcrumb, of now or of that time, ms since the Unix epoch; never throws. */
type Add = (breadcrumb: Breadcrumb, time?: number) => void;

/**
 * Collects clicks, navigations and requests from here on, and calls of `console` where the options
 * say so. A page collects once: another call changes nothing.
 */
export function collectBreadcrumbs(options?: BreadcrumbOptions): void {
  whenStarted((client) => {
    const { shared } = client;
    if (shared[BREADCRUMBS]) return;
    const add = collector(client, options ?? {});
    shared[BREADCRUMBS] = add;
    const click = (event: MouseEvent): void => {
      try {
        if (event.isTrusted) add({ category: "click", message: nameOf(event) });
      } catch {
        // A field of a form may have the name of a member that is read.
      }
    };
    onShutdown(onWindow(["click"], click));
    const notify = shared[6];
    shared[6] = (fact, place) => {
      if (fact[0] == "F") add(ofRequest(fact));
      notify(fact, place);
    };
    for (const method of options?.console ?? []) wrap(method, add);
  });
}

/** Adds a breadcrumb of the page's own; without `collectBreadcrumbs` it is none. */
export function addBreadcrumb(breadcrumb: Breadcrumb): void {
  const time = Date.now();
  report(breadcrumb, ({ shared }, given) => (shared[BREADCRUMBS] as Add | undefined)?.(given as Breadcrumb, time), undefined, true);
}

/** Keeps breadcrumbs, and adds them to each exception. */
function collector(client: Started, { limit = 50, beforeBreadcrumb }: BreadcrumbOptions): Add {
  const { shared } = client;
  const [, record] = shared;
  /** As JSON: what is kept of the page's objects is text. */
  const kept: string[] = [];
  let address = location.href;
  let isAdding = false;
  const add: Add = (given, time = Date.now()) => {
    // A function of the page's that adds one itself would come back here without end.
    if (isAdding) return;
    isAdding = true;
    try {
      const breadcrumb = beforeBreadcrumb ? beforeBreadcrumb(given) : given;
      if (breadcrumb) {
        const { category, message, data, level } = breadcrumb;
        const pairs = merged([], data, "", LONGEST);
        const texts = Object.fromEntries(pairs.flatMap((name, at) => (at & 1 ? [] : [[cut(name), cut(pairs[at + 1])]])));
        const text = JSON.stringify({ time, category: cut(category), ...(level && { level: cut(level) }), message: cut(message), ...(pairs[0] && { data: texts }) });
        kept.push(text);
        if (!(kept.length <= Math.min(limit, MOST))) kept.shift();
        (shared[LAST_BREADCRUMB] as ((text: string) => void) | undefined)?.(text);
      }
    } catch {
      // It cannot be read.
    }
    isAdding = false;
  };
  /** Adds a navigation, if there was one since the last call: nothing of the page's is replaced for that. */
  const look = (): void => {
    const from = address;
    address = location.href;
    if (from != address) add({ category: "navigation", message: address, data: { from } });
  };
  (globalThis as { navigation?: EventTarget }).navigation?.addEventListener("currententrychange", look);
  onShutdown(() => (globalThis as { navigation?: EventTarget }).navigation?.removeEventListener("currententrychange", look));
  onShutdown(onWindow(["popstate", "hashchange"], look));

  shared[1] = (fact, thrown) => {
    if (fact[0] != "E") return record(fact, thrown);
    look();
    let room = ROOM;
    // The last ones matter most.
    const fitting: string[] = [];
    for (const text of [...kept].reverse()) if ((room -= text.length + 1) >= 0) fitting.unshift(text);
    const own = merged(shared[0], { [THROUGHLINE_EXCEPTION_BREADCRUMBS]: fitting.length && `[${fitting}]` });
    whileOwn(client, own, () => record(fact, thrown));
  };
  return (breadcrumb, time) => {
    look();
    add(breadcrumb, time);
  };
}

/** A request that has ended, with its status or the name of its error. */
const ofRequest = ([, start, end, , , , , url, method, , status, error]: RequestFact): Breadcrumb => ({
  category: "request",
  message: `${method} ${url}`,
  data: { status, error, ms: Math.round(((end as number) - (start as number)) / 1000) },
});

/** The element that was clicked, by its tag and what the page's authors have named it: no text, which may be personal. */
function nameOf(event: Event): string {
  const [target] = event.composedPath();
  if (!(target instanceof Element)) return "";
  const element = target.closest("a,button,input,label,option,select,summary,textarea,[role],[data-throughline-name]") ?? target;
  const attribute = (name: string): string | null => element.getAttribute(name);
  const [role, id, name] = [attribute("role"), attribute("id"), attribute("data-throughline-name")];
  return `${element.localName}${role ? `[role=${role}]` : ""}${id ? `#${id}` : ""}${name ? ` ${name}` : ""}`;
}

/** Wraps a method of `console`; what is printed stays the same. */
function wrap(method: ConsoleMethod, add: Add): void {
  const native = console[method];
  const wrapped = (...given: unknown[]): void => {
    add({ category: "console", message: given.map(asText).join(" "), data: { method } });
    native.apply(console, given);
  };
  console[method] = wrapped;
  onShutdown(() => {
    if (console[method] == wrapped) console[method] = native;
  });
}

/** A value as text; an object by its own `toString`, which may throw. */
function asText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

/** The beginning of a text. Without quotes: what redacts the JSON later does not know `\"`. */
const cut = (text: unknown): string => String(text).slice(0, LONGEST).replaceAll('"', "'");

/** The most breadcrumbs, and the characters of a message and of all data of one. */
const MOST = 100;
const LONGEST = 500;
/** Characters of all that are sent with one error. */
const ROOM = 4000;
