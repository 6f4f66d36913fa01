// Adds headers of further formats to requests for listed targets.

import { observeCalls } from "../calls/observe.js";
import { isPreloaded } from "../signals/requests/preload.js";
import { onShutdown, whenStarted, type Started } from "../control/started.js";
import { asText } from "../reporting/typed.js";
import { baggageOf, headersOf, type Format } from "./formats.js";

/** Requests that continue the trace in another format. */
export interface PropagationTarget {
  /**
   * An origin that has to be equal (`https://api.example.com`), or a regular expression that is tried on origin and
   * path, never on the query.
   */
  match: string | RegExp;
  /** Formats of the trace's headers; `w3c` is `traceparent`. None unless they are listed. */
  formats?: readonly Format[];
  /** Names of the members of `baggage`: `session.id`, and the page's own attributes, such as `user.id`. */
  baggage?: readonly string[];
}

/** Options of `propagate`. */
export interface PropagationOptions {
  /** All that fit a request count. To another origin than the page's own its headers need a preflight, which it has to allow. */
  targets: readonly PropagationTarget[];
  /** Addresses that get none of these headers after all, in the form of `match`: for example those that redirect to another origin. */
  exclusions?: readonly (string | RegExp)[];
}

/** Adds headers to requests for these targets, besides `traceparent` by `tracePropagationTargets`. Returns the function that undoes it. */
export const propagate = (options: PropagationOptions): (() => void) => whenStarted((client) => onShutdown(start(client, options)));

function start({ shared }: Started, { targets, exclusions }: PropagationOptions): () => void {
  // As they are at the call: the page may change its lists later.
  const all = targets.map((target) => ({ ...target }));
  const none = [...(exclusions ?? [])];
  return observeCalls(shared, {
    see(call) {
      const fitting = all.filter(({ match }) => matches(match, call.url));
      if (!fitting.length || none.some((match) => matches(match, call.url)) || isPreloaded(call.url.href)) return;
      for (const format of new Set(fitting.flatMap(({ formats }) => formats ?? [])))
        for (const [name, value] of headersOf(format, call)) if (call.header(name) == null) call.setHeader(name, value);
      const names = new Set(fitting.flatMap(({ baggage }) => baggage ?? []));
      if (!names.size) return;
      const [, session, , own = []] = shared[4]();
      const valueOf = (name: string): string => (name == "session.id" ? (session ?? "") : asText(own[own.findIndex((one, at) => !(at & 1) && one == name) + 1] ?? ""));
      const before = call.header("baggage") ?? "";
      const members = [...names].filter((name) => name == "session.id" || own.some((one, at) => !(at & 1) && one == name)).map((name) => [name, valueOf(name)] as const);
      const baggage = baggageOf(before, members);
      if (baggage != before) call.setHeader("baggage", baggage);
    },
  });
}

function matches(match: string | RegExp, { protocol, origin, pathname }: URL): boolean {
  if (!/^http/.test(protocol)) return false;
  // `search`, because `test` of a global expression depends on the call before.
  return typeof match == "string" ? match.replace(/\/$/, "") == origin : (origin + pathname).search(match) >= 0;
}
