// Names requests by templates, and records what the page wants to know of them besides.

import { NOT_TRACED } from "../calls/context.js";
import { observeCalls } from "../calls/observe.js";
import { setTimeout } from "../core/platform.js";
import type { ContextFact, Fact } from "../generated/facts.js";
import { GRAPHQL_OPERATION_NAME, GRAPHQL_OPERATION_TYPE, HTTP_REQUEST_HEADER, HTTP_RESPONSE_HEADER, URL_TEMPLATE } from "../generated/semconv.js";
import { onShutdown, whenStarted, type Started } from "../control/started.js";
import { templatesOf } from "../templates/template.js";
import { attribute } from "../tracing/protobuf.js";
import { operationOf } from "./graphql.js";
import { allowed, written } from "./headers.js";
import { ignoring } from "./ignored.js";
import type { RequestOptions } from "./options.js";
import { REQUESTS } from "../context/places.js";

/**
 * Names the spans of requests `{method} {template}`, and records operations of GraphQL and headers. Returns the
 * function that undoes it. Another call while it holds changes nothing.
 */
export const describeRequests = (options: RequestOptions = {}): (() => void) =>
  whenStarted((client) => (client.shared[REQUESTS] ? undefined : onShutdown(describe(client, options))));

function describe({ shared }: Started, { templates, guess = false, graphql, ignoreUrls, requestHeaders, responseHeaders }: RequestOptions): () => void {
  const find = templatesOf(templates, guess);
  const isGraphql = templatesOf(graphql, false);
  const ignores = !!ignoreUrls?.length;
  const isIgnored = ignoring(ignoreUrls);
  const [ofRequest, ofResponse] = [allowed(requestHeaders), allowed(responseHeaders)];
  /** By the id of the span: what is known of a request in protobuf, and its fact once that is there. */
  const calls = new Map<string, { rest: string; fact?: unknown[] }>();
  let isStopped = false;

  const notify = shared[NOTIFY];
  const describing = (fact: Fact, place: ContextFact): void => {
    // The browser's timing of a request that is not traced. What throws here is not kept.
    if (ignores && fact[0] == "R" && !isStopped && isIgnored(new URL(fact[1] as string))) throw NOT_TRACED;
    if (fact[0] == "F" && !isStopped) {
      const fields = fact as unknown as unknown[];
      const one = calls.get(fact[4] as string);
      const template = find(fact[12]);
      const rest = (template && attribute(ATTRIBUTES, URL_TEMPLATE, template)) + (one?.rest ?? "");
      fields[NAME_END] = template && ` ${template}`;
      fields[REST] = rest;
      if (one) Object.assign(one, { rest, fact: fields });
      // Its response may be told of in the same task.
      setTimeout(() => calls.delete(fact[4] as string));
    }
    notify(fact, place);
  };
  shared[NOTIFY] = describing;

  const undo = ignores || (graphql ?? []).length + ofRequest.length + ofResponse.length > 0
    ? observeCalls(shared, {
        see({ url, context, body, header }) {
          if (isIgnored(url)) return false;
          const one = { rest: written(HTTP_REQUEST_HEADER, ofRequest, header) };
          calls.set(context[1], one);
          // One that the client does not trace has no fact.
          if (calls.size > MOST) calls.delete(calls.keys().next().value!);
          if (!isGraphql(url)) return undefined;
          const { name, type } = operationOf(url, body) ?? {};
          if (name) one.rest += attribute(ATTRIBUTES, GRAPHQL_OPERATION_NAME, name);
          if (type) one.rest += attribute(ATTRIBUTES, GRAPHQL_OPERATION_TYPE, type);
          return undefined;
        },
        ...(ofResponse[0] && {
          responded({ context }, header) {
            const one = calls.get(context[1]);
            if (!one) return;
            const more = written(HTTP_RESPONSE_HEADER, ofResponse, header);
            one.rest += more;
            // The fact waits: it is written in a later task. Another part may have added to it.
            if (one.fact) one.fact[REST] = `${one.fact[REST] ?? ""}${more}`;
          },
        }),
      })
    : () => {};
  shared[REQUESTS] = true;
  return () => {
    isStopped = true;
    undo();
    shared[REQUESTS] = undefined;
    if (shared[NOTIFY] == describing) shared[NOTIFY] = notify;
  };
}

/** The place in `shared` of the function that sees each fact. */
const NOTIFY = 6;
/** Positions in the fact of a request. */
const NAME_END = 13;
const REST = 14;
/** The number of the field: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const ATTRIBUTES = 9;
/** Requests at the same time. */
const MOST = 1000;
