// Adds the time to the first chunk to the spans of requests.

import { observeCalls } from "../calls/observe.js";
import type { Shared } from "../context/record.js";
import { beforeStop, LEAVING, onWindow } from "../control/started.js";
import { elapsed, listen, ofDocument, setTimeout } from "../core/platform.js";
import type { ContextFact, Fact } from "../generated/facts.js";
import { GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, THROUGHLINE_RESPONSE_TIME_TO_FIRST_CHUNK } from "../generated/semconv.js";
import { templatesOf } from "../templates/template.js";
import { float } from "../tracing/protobuf.js";
import { watchFirstChunk } from "./first-chunk.js";
import type { StreamOptions } from "./options.js";

/** A request whose response arrives in parts. */
interface Streamed {
  readonly isModel: boolean;
  /** ms since the page's time origin. */
  readonly start: number;
  place: ContextFact;
  /** When the page got the first chunk, likewise. */
  at?: number | undefined;
  /** Whether its response is there, so that the first chunk is being waited for. */
  isWatched?: boolean;
  /** Its fact, while that waits for the first chunk. */
  held?: Fact | undefined;
  /** The fact of its timing, which has to come behind it, likewise. */
  timing?: Fact;
}

/** Starts to observe requests to these addresses; returns the function that undoes it. */
export function traceChunks(shared: Shared, { models, responses }: StreamOptions): () => void {
  const isModel = templatesOf(models, false);
  const isResponse = templatesOf(responses, false);
  /** By the id of the span. */
  const calls = new Map<string, Streamed>();
  const stop = new AbortController();

  const notify = shared[NOTIFY];
  /** Adds what is known, behind what other parts have added. */
  const complete = (call: Streamed, fact: Fact, place: ContextFact): void => {
    try {
      notify(fact, place);
    } finally {
      // Also while `keep` holds the span back.
      add(call, fact);
    }
  };
  const add = (call: Streamed, fact: Fact): void => {
    if (call.at == undefined) return;
    const ms = Math.max(0, call.at - call.start);
    const written = call.isModel ? float(ATTRIBUTES, GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, ms / 1000) : float(ATTRIBUTES, THROUGHLINE_RESPONSE_TIME_TO_FIRST_CHUNK, ms);
    const fields = fact as unknown as unknown[];
    fields[REST] = ((fields[REST] as string | undefined) ?? "") + written;
  };
  /** Records a fact that was held: parts in front of this one have seen it already. */
  const release = (call: Streamed): void => {
    const { held, place } = call;
    call.held = undefined;
    if (!held) return;
    calls.delete(held[4] as string);
    try {
      // Throws once telemetry has ended.
      shared[3]();
    } catch {
      shared[2]("expired", 1);
      return;
    }
    const before = shared[NOTIFY];
    shared[NOTIFY] = (fact, place) => (fact[0] == "F" ? complete(call, fact, place) : notify(fact, place));
    try {
      shared[5](place, ...held);
      if (call.timing) shared[5](shared[4](), ...call.timing);
    } finally {
      shared[NOTIFY] = before;
    }
  };
  const holding = (fact: Fact, place: ContextFact): void => {
    if (fact[0] == "R")
      for (const call of calls.values())
        if (call.held && isOf(call.held, fact)) {
          if (call.at != undefined) release(call);
          else {
            // All has arrived, and the page has read nothing so far.
            call.timing = fact;
            throw new HeldFact();
          }
        }
    const call = fact[0] == "F" ? calls.get(fact[4] as string) : undefined;
    if (!call) return notify(fact, place);
    // By XMLHttpRequest the whole body is there, without a status there is none, and a hidden page may end.
    if (call.isWatched || !fact[10] || ofDocument("visibilityState") == "hidden") {
      calls.delete(fact[4] as string);
      return complete(call, fact, place);
    }
    call.held = fact;
    // With the attributes that parts behind this one have given it.
    call.place = place;
    // Of a library's promise no response is told.
    setTimeout(() => call.isWatched || release(call));
    // Keeps the fact out of the queue.
    throw new HeldFact();
  };
  shared[NOTIFY] = holding;

  /** The last request of each XMLHttpRequest, which may be used again: one listener for all of them. */
  const loading = new WeakMap<XMLHttpRequest, Streamed>();
  const onLoading = ({ target }: Event): void => {
    const call = loading.get(target as XMLHttpRequest);
    if (call && (target as XMLHttpRequest).readyState == LOADING) call.at ??= elapsed();
  };

  const undo = observeCalls(shared, {
    see({ url, context }) {
      const model = isModel(url);
      if (!model && !isResponse(url)) return;
      calls.set(context[1], { isModel: model != "", start: elapsed(), place: shared[4]() });
      // One that the client does not trace has no fact.
      if (calls.size > MOST) {
        const [[id, first]] = calls as unknown as [[string, Streamed]];
        release(first);
        calls.delete(id);
      }
    },
    responded({ context }, _, response) {
      const call = calls.get(context[1]);
      if (!call) return;
      call.isWatched = true;
      if (response instanceof XMLHttpRequest) {
        loading.set(response, call);
        listen.call(response, "readystatechange", onLoading as EventListener, { signal: stop.signal } as AddEventListenerOptions);
      } else
        watchFirstChunk(response, (at) => {
          call.at = at;
          // Else it waits for the end of the body, so that its timing comes right behind it.
          if (at == undefined || call.timing) release(call);
          else setTimeout(() => release(call), LONGEST_MS);
        });
    },
  });
  const releaseAll = (): void => calls.forEach(release);
  const leave = ({ type }: Event): unknown => (type == "pagehide" || ofDocument("visibilityState") == "hidden") && releaseAll();
  const unleave = onWindow(LEAVING, leave);

  const forget = beforeStop(shared, releaseAll);

  return () => {
    undo();
    forget();
    releaseAll();
    unleave();
    stop.abort();
    calls.clear();
    if (shared[NOTIFY] == holding) shared[NOTIFY] = notify;
  };
}

/** Whether a timing may be that of a request: what the reader of the facts would join. */
const isOf = ({ 1: start, 7: url }: Fact, [, address, , began]: Fact): boolean =>
  String(url).split("#")[0] == address && Math.abs(Number(began) - Number(start)) < BEGIN_DELAY;

/** A fact that is recorded later. */
class HeldFact extends Error {}

/** The place in `shared` of the function that sees each fact. */
const NOTIFY = 6;
/** The position in the fact of a request of other fields of its span. */
const REST = 14;
/** The number of the field: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const ATTRIBUTES = 9;
/** `XMLHttpRequest.LOADING` */
const LOADING = 3;
/** µs. How long after the page has asked the browser may begin, as in crates/throughline-facts/src/reduce/requests.rs. */
const BEGIN_DELAY = 100_000;
/** How long a request waits for the end of its body once it has begun, ms. */
const LONGEST_MS = 30_000;
/** Requests at the same time. */
const MOST = 100;
