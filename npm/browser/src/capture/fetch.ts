// Which requests does the page make, and what became of them?

import { now } from "./clock.js";
import { currentSpan } from "./current-span.js";
import type { Endpoint } from "./endpoint.js";
import { record } from "./facts.js";
import { guarded } from "./guarded.js";
import { prolong } from "./interaction.js";
import { newChild, toTraceparent, type SpanContext } from "./span-context.js";

/**
 * Puts a span around the page's `fetch`. The page gets what it would get without us: the
 * response is neither cloned nor read, an error is passed on as it is, a rejection that
 * nobody handles is still unhandled, and whatever fails in here, the request goes out.
 */
export function captureFetch({ isOurs, mayPropagate }: Endpoint): void {
  const native = window.fetch;
  const traced = {
    // A method, because its name outlives every minifier, and like the native one it is no
    // constructor.
    fetch(this: Window, input: RequestInfo | URL) {
      // As the page wrote it: no argument is something else than `undefined`.
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
        // What fetch itself will refuse, it shall refuse in its own words.
      }
      const answer = native.apply(this, call);
      // The page gets the derived promise: a branch beside it would either hide an
      // unhandled rejection or report a handled one.
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

/** The span of the request that failed with this error, when one did. */
export const spanOfError = (error: unknown): SpanContext | undefined => failed.get(error as object);

/** Notes the requests without an answer as they are: the page may not come back. */
export const endRequests = (): void => unanswered.forEach((end) => end(0));

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
      interaction.open--;
      prolong(interaction);
    }
    if (error instanceof Object) failed.set(error, context);
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
      // What the page has aborted is no error; what has run into its own time limit is.
      (init?.signal ?? signal)?.aborted && name != "TimeoutError" ? "" : name,
      url,
    );
  });
  if (interaction) interaction.open++;
  unanswered.add(end);
  return { context, end };
}

/** The call with the header, unless the page has set its own. */
function withTraceparent(context: SpanContext, input: RequestInfo | URL, init?: RequestInit): Call {
  const add = (headers: Headers): Headers => {
    if (!headers.has(TRACEPARENT)) headers.set(TRACEPARENT, toTraceparent(context));
    return headers;
  };
  if (input instanceof Request || !isPlain(init)) {
    // A new Request of both is what fetch makes first, so signal, body and mode are as
    // they were; a copy of an init that is no plain object would lose what it inherits.
    const request = new Request(input, init);
    add(request.headers);
    return [request];
  }
  return [input, { ...init, headers: add(new Headers(init?.headers)) }];
}

const isPlain = (init: object = {}): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(init));

const unanswered = new Set<End>();
const failed = new WeakMap<object, SpanContext>();
const TRACEPARENT = "traceparent";
