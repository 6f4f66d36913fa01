// Shows each span to the page's functions before it is kept, and refuses what the options refuse.

import { SPAN_BEGINS, type SpanBegins } from "../../context/places.js";
import { newChild } from "../../context/span-context.js";
import type { ContextFact, Fact } from "../../generated/facts.js";
import { SENTRY_OP, SENTRY_ORIGIN, URL_FULL } from "../../generated/semconv.js";
import type { Started } from "../../reporting/page-client.js";
import { runIn } from "../../tracing/active.js";
import { settings } from "../settings.js";
import { tell } from "../told.js";
import { changesOf } from "./change.js";
import { isIgnored, judged, refused } from "./ignore.js";
import { jsonOf, type SpanJSON } from "./json.js";
import { described, isSpan, type SpanFact } from "./span-fact.js";
import { holding } from "./transactions.js";

/** Observes the spans of a client, if the options ask for it. */
export function observeSpans({ shared }: Started): void {
  const { ignoreSpans, ignoreTransactions, beforeSendSpan, beforeSendTransaction } = settings.options;
  const isHolding = !!ignoreTransactions || !!beforeSendTransaction;
  if (!ignoreSpans && !beforeSendSpan && !isHolding) return;
  /** Addresses of requests that the page has changed, without fragments, by those that the browser's timing has. */
  const addresses = new Map<string, string>();

  // What the page does in its own function would come back to it without end: that is in a trace that is refused.
  const inside = newChild();
  refused.add(inside[0]);
  let isAsking = false;
  const ask = <T>(work: () => T): T => {
    isAsking = true;
    try {
      return runIn(shared, [inside], work);
    } finally {
      isAsking = false;
    }
  };
  const changed = (json: SpanJSON): SpanJSON => {
    try {
      const returned = ask(() => beforeSendSpan!(json) as SpanJSON | null);
      if (returned && typeof returned == "object" && !("then" in returned)) return returned;
      tell("`beforeSendSpan` has to return a span: without one it is sent as it is then. `ignoreSpans` refuses spans");
    } catch (reason) {
      if (DEVELOPMENT) tell(`\`beforeSendSpan\` has thrown, the span is sent: ${reason}`);
    }
    return json;
  };

  /** Whether a span is sent, with what the page has changed. */
  const see = (fact: SpanFact, place: ContextFact): boolean => {
    const [kind, , , trace, span, , parent] = fact;
    if (isAsking || refused.has(trace) || refused.has(parent) || refused.has(span)) {
      refused.add(span!);
      return false;
    }
    if (!judged.delete(span)) {
      const { own, name, description, op, attributes } = described(fact, place);
      if (isIgnored([own, name, description], op, attributes)) return false;
    }
    if (typeof beforeSendSpan != "function") return true;
    const json = jsonOf(fact, place, settings.options["traceLifecycle"] == "static");
    const url = kind == "F" && fact[7];
    const change = changesOf(fact, place, json);
    change(changed(json));
    if (url && url != fact[7]) {
      addresses.set(withoutFragment(url), fact[7] as string);
      if (addresses.size > MOST) addresses.delete(addresses.keys().next().value!);
    }
    return true;
  };

  const [notify, refuseBelow] = isHolding ? holding(shared, shared[NOTIFY], ask) : [shared[NOTIFY]];
  shared[NOTIFY] = (fact: Fact, place: ContextFact): void => {
    let isSent = true;
    try {
      if (isSpan(fact)) isSent = see(fact, place);
      else if (fact[0] == "R") (fact as unknown as unknown[])[1] = addresses.get(withoutFragment(fact[1]!)) ?? fact[1];
    } catch {
      // It cannot be read, and is sent as it is.
    }
    if (isSent) return notify(fact, place);
    shared[2]("filtered", 1);
    refuseBelow?.(fact[4] as string);
    throw REFUSED;
  };

  /** A load or a navigation that is refused when it begins takes along what is below it. */
  const begins: SpanBegins = (names, op, url, [trace, span], isRoot) => {
    const attributes = { [SENTRY_OP]: op, [SENTRY_ORIGIN]: `auto.${op}.browser`, [URL_FULL]: url };
    if (isIgnored(names, op, attributes)) refused.add(isRoot ? trace : span);
    else judged.add(span);
  };
  shared[SPAN_BEGINS] = begins;
  const [load, interaction] = shared[3]();
  if (load && !interaction) begins([location.pathname, "documentLoad"], "pageload", location.href, load, true);
}

const withoutFragment = (url: string): string => url.split("#")[0]!;

/** The place in `shared` of the function that sees each fact; what throws there is not kept. */
const NOTIFY = 6;
const REFUSED = new Error("refused");
/** Requests whose timing is still to come. */
const MOST = 100;
