// Shows the spans of a load, a navigation or another root together, as `beforeSendTransaction` gets them.
//
// A span waits until its root has ended, since only then it is known what the page says of all of them. What comes later than
// its root follows it, and what waits for too long, or when the page is left, is sent as it is.

import { HELD_SPANS } from "../../context/places.js";
import { beforeStop, LEAVING, onShutdown, onWindow } from "../../control/started.js";
import { elapsed, ofDocument, setTimeout } from "../../core/platform.js";
import type { ContextFact, Fact } from "../../generated/facts.js";
import { BROWSER_DOCUMENT_URL_FULL, SENTRY_EVENT_ID, SENTRY_TRANSACTION } from "../../generated/semconv.js";
import { isOf } from "../../keep/buffer.js";
import type { Shared } from "../../context/record.js";
import { currentContent } from "../active.js";
import { eventAttributes } from "../attributes.js";
import { mergedContent } from "../content.js";
import type { Event } from "../event.js";
import { newId } from "../ids.js";
import type { BrowserOptions } from "../options.js";
import { eventOf } from "../recorder.js";
import { settings } from "../settings.js";
import { tell } from "../told.js";
import { changesOf, setAttributes } from "./change.js";
import { isIgnoredRoot, makeIds, refused, remote } from "./ignore.js";
import { isSegment, jsonOf, type SpanJSON } from "./json.js";
import { described, isSpan, type Attributes, type SpanFact } from "./span-fact.js";

/** The root of a trace, or of a part of it, as an event. */
export interface TransactionEvent extends Event {
  type: "transaction";
  transaction: string;
  /** s since the Unix epoch, as is `timestamp`. */
  start_timestamp: number;
  contexts: { [name: string]: any; trace: { trace_id: string; span_id: string; parent_span_id?: string; op?: string; origin?: string; status?: string; data: Attributes } };
  /** Those that have ended before the root. */
  spans: SpanJSON[];
}

/** A span whose root has not ended. */
interface Held {
  readonly place: ContextFact;
  readonly fact: SpanFact;
  /** When it came, ms. */
  readonly at: number;
  /** The timing of the request that it is. */
  timing?: Fact;
}

/** Passes on what is held. */
export let release: () => void = () => {};

type Notify = (fact: Fact, place: ContextFact) => void;
type Ask = <T>(work: () => T) => T;

/**
 * Returns a function that takes the place of `notify`, which throws for what is held or refused, and one that refuses what is
 * held below a span that is refused. `ask` calls a function of the page's, so that what it does itself does not come back to it.
 */
export function holding(shared: Shared, notify: Notify, ask: Ask): readonly [notify: Notify, refuseBelow: (span: string) => void] {
  const { beforeSendTransaction } = settings.options;
  const held: Held[] = [];
  /** Spans that were passed on: what is below one of them is not held. */
  const sent = makeIds();
  let isLeaving = false;
  let isPlanned = false;

  const send = (entries: readonly Held[]): void => {
    try {
      shared[4]();
    } catch {
      // Telemetry has ended while a promise was waited for.
      return;
    }
    const before = shared[NOTIFY];
    // What is in front of this one has seen them.
    shared[NOTIFY] = notify;
    for (const { place, fact, timing } of entries) {
      sent.add(fact[4]!);
      shared[5](place, ...fact);
      if (timing) shared[5](place, ...timing);
    }
    shared[NOTIFY] = before;
  };
  const sendAll = (): void => send(held.splice(0));
  const expire = (): void => {
    isPlanned = false;
    const young = held.findIndex(({ at }) => at > elapsed() - LONGEST_MS);
    send(held.splice(0, young < 0 ? held.length : young));
    if (held[0]) plan();
  };
  const plan = (): void => {
    if (!isPlanned) setTimeout(expire, held[0]!.at + LONGEST_MS - elapsed() + 1);
    isPlanned = true;
  };

  /** Takes out those that are below a span, each in front of those below it. */
  const below = (root: string): Held[] => {
    const children = new Map<unknown, Held[]>();
    for (const one of held) children.set(one.fact[6], [...(children.get(one.fact[6]) ?? []), one]);
    const all = new Set<Held>();
    const visit = (id: unknown): void => {
      const found = children.get(id) ?? [];
      // One id has one list: an identity that the page has given twice has no end otherwise.
      children.delete(id);
      for (const one of found.sort((a, b) => +a.fact[1]! - +b.fact[1]!)) {
        all.add(one);
        visit(one.fact[4]);
      }
    };
    visit(root);
    held.splice(0, Infinity, ...held.filter((one) => !all.has(one)));
    return [...all];
  };

  const refuse = (spans: readonly Held[]): void => {
    for (const { fact } of spans) refused.add(fact[4]!);
    shared[2]("filtered", spans.length);
  };

  /** Asks the page about a root and what is below it, and passes on what is left. */
  const end = (root: Held): void => {
    const { fact, place } = root;
    const id = fact[4]!;
    const spans = below(id);
    const settle = (left: readonly Held[] | undefined): void => {
      refuse([...spans, root].filter((one) => !left || (one != root && !left.includes(one))));
      if (left) send([...left, root]);
      // Those that came while a promise was waited for.
      const late = below(id);
      if (left) send(late);
      else refuse(late);
    };
    const { own, name, description } = described(fact, place);
    if (isIgnoredRoot([own, name, description])) settle(undefined);
    else if (typeof beforeSendTransaction == "function") change(root, spans, ask, settle);
    else settle(spans);
  };

  const look = ({ type }: Partial<globalThis.Event>): void => {
    // A page that is rendered ahead is hidden too, and is shown next.
    isLeaving = type == "pagehide" || (ofDocument("visibilityState") == "hidden" && !ofDocument("prerendering"));
    if (isLeaving) sendAll();
  };
  look({});
  onShutdown(onWindow([...LEAVING, "pageshow"], look));
  onShutdown(beforeStop(shared, sendAll));
  release = sendAll;
  shared[HELD_SPANS] = () => held.length;

  const hold: Notify = (fact, place) => {
    if (isSpan(fact)) {
      const one: Held = { place, fact, at: elapsed() };
      const isRoot = isSegment(fact) || remote.has(fact[6]);
      if (isRoot) end(one);
      else if (!isLeaving && !sent.has(fact[6])) {
        held.push(one);
        if (held.length > MOST) send(held.splice(0, 1));
        plan();
      } else send([one, ...below(fact[4]!)]);
      throw HELD;
    } else if (fact[0] == "R") {
      const [one, other] = held.filter(({ fact: request, timing }) => !timing && isOf(fact, request));
      if (one && !other) {
        one.timing = fact;
        throw HELD;
      }
    }
    notify(fact, place);
  };
  return [hold, (span) => refuse(below(span))];
}

/** Lets the page change a root and the spans below it; calls `settle` with those that are left, or with nothing, at once or when a promise is settled. */
function change({ fact: root, place }: Held, spans: readonly Held[], ask: Ask, settle: (left: readonly Held[] | undefined) => void): void {
  const json = jsonOf(root, place, true);
  const changeRoot = changesOf(root, place, json);
  const { trace_id, span_id, parent_span_id, description = "", op, origin, status, start_timestamp, timestamp, attributes } = json;
  const given = spans.map(({ fact, place }) => jsonOf(fact, place, true));
  const changes = spans.map(({ fact, place }, at) => changesOf(fact, place, given[at]!));
  const trace = { trace_id, span_id, ...(parent_span_id && { parent_span_id }), ...(op && { op }), ...(origin && { origin }), status, data: attributes };
  const { request, contexts, ...common } = eventOf(newId(), timestamp!, mergedContent(currentContent()));
  const event: TransactionEvent = {
    ...common,
    type: "transaction",
    transaction: description,
    start_timestamp,
    request: { ...request, url: place[2]! },
    contexts: { ...contexts, trace },
    spans: given,
  };
  const before = textsOf(event);
  const apply = (returned: TransactionEvent | null): void => {
    if (!returned) return settle(undefined);
    const { transaction, start_timestamp, timestamp, contexts, spans: kept = [] } = returned;
    const { data = attributes, ...others } = contexts?.trace ?? trace;
    changeRoot({ ...json, ...others, description: transaction, start_timestamp, timestamp: timestamp!, attributes: data, data });
    const left = spans.filter((_, at) => {
      const found = kept.find(({ span_id }) => span_id == given[at]!.span_id);
      if (found) changes[at]!(found);
      return found;
    });
    // What the event says besides is in each of the spans.
    const after = textsOf(returned);
    const values = Object.fromEntries(Object.keys({ ...before, ...after }).flatMap((name) => (before[name] == after[name] ? [] : [[name, after[name]]])));
    for (const one of [{ fact: root, place }, ...left]) setAttributes(one.fact, one.place, values);
    settle(left);
  };
  const failed = (reason: unknown): void => {
    if (DEVELOPMENT) tell(`\`beforeSendTransaction\` has thrown, the spans are dropped: ${reason}`);
    settle(undefined);
  };
  let returned: ReturnType<NonNullable<BrowserOptions["beforeSendTransaction"]>>;
  try {
    returned = ask(() => settings.options.beforeSendTransaction!(event, { event_id: event.event_id! }));
  } catch (reason) {
    return failed(reason);
  }
  if (returned && "then" in returned) returned.then(apply, failed);
  else apply(returned);
}

/** The attributes that an event says of all its spans. */
const textsOf = (event: TransactionEvent): Attributes => {
  const { trace: _, ...contexts } = event.contexts ?? {};
  const { [SENTRY_EVENT_ID]: _id, [SENTRY_TRANSACTION]: _name, ...texts }: Attributes = eventAttributes({ ...event, contexts });
  return { ...texts, [BROWSER_DOCUMENT_URL_FULL]: event.request?.url };
};

/** The place in `shared` of the function that sees each fact; what throws there is not kept. */
const NOTIFY = 6;
const HELD = new Error("held back");
/** As in Sentry's packages, which end a root after that time. */
const LONGEST_MS = 30_000;
/** Spans that wait. */
const MOST = 1000;
