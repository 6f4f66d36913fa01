// Traces the page's `fetch` requests and adds `traceparent`.

import { currentSpan, setSpanOfError } from "../../context/current-span.js";
import { extend } from "../../context/interaction.js";
import { record } from "../../context/record.js";
import { newChild, toTraceparent, type SpanContext } from "../../context/span-context.js";
import { now } from "../../core/clock.js";
import type { Endpoint } from "../../core/endpoint.js";
import { guarded } from "../../core/guarded.js";
import type { EarlySignal } from "../signal.js";

/** The early part of the requests signal. */
export const early: EarlySignal = {
  start: wrapFetch,
  // A request without a response is recorded as it is when the page may not come back.
  leave(event) {
    if (event == "pagehide") unanswered.forEach((end) => end(0));
  },
};

/**
 * Wraps the page's `fetch` in a span. The page gets what it would get without us: the
 * response is neither cloned nor read, an error is passed on as it is, a rejection that
 * nobody handles is still unhandled, and the request goes out even if tracing fails.
 */
function wrapFetch({ isOurs, mayPropagate }: Endpoint): void {
  const native = window.fetch;
  const traced = {
    // A method, because no minifier changes its name, and like the native function it is no
    // constructor.
    fetch(this: Window, input: RequestInfo | URL) {
      // The arguments as the page wrote them: none at all is different from `undefined`.
      let call = arguments as unknown as Call;
      let end: End | undefined;
      try {
        const url = new URL(input instanceof Request ? input.url : input, document.baseURI);
        if (call.length && /^http/.test(url.protocol) && !isOurs(url.href)) {
          const span = begin(url, ...call);
          end = span.end;
          if (mayPropagate(url)) call = withTraceparent(span.context, ...call);
        }
      } catch {
        // The native function refuses wrong arguments with its own error.
      }
      const answer = native.apply(this, call);
      // The page gets the derived promise: a second branch would either hide an unhandled
      // rejection or report a handled one.
      return !end
        ? answer
        : answer.then(
            (response) => {
              end(response.status);
              return response;
            },
            (error: unknown) => {
              end(0, error);
              throw error;
            },
          );
    },
  };
  window.fetch = traced.fetch;
}

type Call = [input: RequestInfo | URL, init?: RequestInit];
type End = (status: number, error?: unknown) => void;

function begin(url: URL, input: RequestInfo | URL, init?: RequestInit): { context: SpanContext; end: End } {
  const start = now();
  const [parent, interaction, inferred] = currentSpan();
  const context = newChild(parent);
  // What is not in `init` may be in a Request; a string or URL has neither.
  const { method, signal } = input as Partial<Request>;
  const end: End = guarded((status: number, error?: unknown) => {
    if (!unanswered.delete(end)) return;
    if (interaction) {
      interaction.pending--;
      extend(interaction);
    }
    if (error instanceof Object) setSpanOfError(error, context);
    const name = (error as Error | undefined)?.name;
    record(
      "F",
      start,
      now(),
      ...context,
      parent?.[1],
      url.href,
      init?.method ?? method ?? "GET",
      inferred,
      status || "",
      // An abort by the page is no error; a timeout of the page's own is.
      (init?.signal ?? signal)?.aborted && name != "TimeoutError" ? "" : name,
      url,
    );
  });
  if (interaction) interaction.pending++;
  unanswered.add(end);
  return { context, end };
}

/** Adds the header to a call, unless the page has set it. */
function withTraceparent(context: SpanContext, input: RequestInfo | URL, init?: RequestInit): Call {
  const add = (headers: Headers): Headers => {
    if (!headers.has(TRACEPARENT)) headers.set(TRACEPARENT, toTraceparent(context));
    return headers;
  };
  if (input instanceof Request || !isPlain(init)) {
    // `fetch` itself first makes a new Request of both, so signal, body and mode stay as
    // they were; a copy of an init that is no plain object would lose inherited properties.
    const request = new Request(input, init);
    add(request.headers);
    return [request];
  }
  return [input, { ...init, headers: add(new Headers(init?.headers)) }];
}

const isPlain = (init: object = {}): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(init));

const unanswered = new Set<End>();
const TRACEPARENT = "traceparent";
