// The span of a request, however the page makes it.

import { spansOfErrors } from "../../context/current-span.js";
import { extend } from "../../context/interaction.js";
import { place, recordAt, shared } from "../../context/record.js";
import { newChild } from "../../context/span-context.js";
import { micros, now } from "../../core/clock.js";
import type { Endpoint } from "../../core/endpoint.js";
import { guarded } from "../../core/guarded.js";
import { elapsed } from "../../core/platform.js";
import { isPreloaded } from "./preload.js";

/** Ends a span, with an error or a response, now or at that time in ms. The first call counts. */
export interface End {
  (error?: unknown, response?: { status: number }, at?: number): void;
  /** The value of `traceparent`, if the request may carry it. */
  traceHeader?: string;
}

/** Begins the span of a request; returns the function that ends it. Throws where there is nothing to trace. */
export function begin({ requestTo }: Endpoint, address: string | URL, method: string, signal?: AbortSignal | null): End {
  const [url, propagates] = requestTo(address)!;
  const { href } = url;
  const began = place();
  const start = now();
  const [parent, interaction, inferred, context = newChild(parent)] = shared[3]();
  const end: End = guarded((error, response, at = elapsed()) => {
    if (!unfinished.delete(end)) return;
    if (interaction) {
      interaction.pending--;
      extend(interaction);
    }
    const name = (error as Error | undefined)?.name;
    recordAt(
      began,
      "F",
      start,
      micros(at),
      ...context,
      parent?.[1],
      href,
      method,
      inferred,
      response?.status || "",
      // An abort by the page is no error; a timeout of the page's own is.
      signal?.aborted && name != "TimeoutError" ? "" : name,
      url,
    );
    // Throws for what is no object; an exception for each response would take some 5 µs.
    if (error) spansOfErrors.set(error, context);
  });
  if (interaction) interaction.pending++;
  unfinished.add(end);
  if (propagates && !isPreloaded(href)) end.traceHeader = `00-${context.join("-")}`;
  return end;
}

/** Ends the requests that have no response: the page may not come back. */
export const endAll = (): void => unfinished.forEach((end) => end());

/** https://www.w3.org/TR/trace-context-2/#traceparent-header */
export const TRACEPARENT = "traceparent";

const unfinished = new Set<End>();
