// A change of the page's route, and the span that it becomes.

import type { Interaction } from "../context/interaction.js";
import type { Shared } from "../context/record.js";
import { micros } from "../core/clock.js";
import type { ContextFact } from "../generated/facts.js";
import { SPAN_BEGINS, type SpanBegins } from "../context/places.js";
import {
  BROWSER_NAVIGATION_HASH_CHANGE,
  BROWSER_NAVIGATION_SAME_DOCUMENT,
  BROWSER_NAVIGATION_TYPE,
  ERROR_TYPE,
  THROUGHLINE_NAVIGATION_OUTCOME,
  THROUGHLINE_PARENT_INFERRED,
  URL_FULL,
  URL_TEMPLATE,
} from "../generated/semconv.js";
import { startActivity, type Activity } from "../tracing/activity.js";
import { makeAttributes } from "../tracing/attributes.js";
import { integer, message } from "../tracing/protobuf.js";
import type { RouteType } from "./options.js";
import { withTemplate } from "./own-template.js";

/** A change of the route. */
export interface Route extends Activity {
  readonly to: URL;
  type: RouteType;
  template: string;
  /** Whether nothing but the fragment changes. */
  readonly isHashChange: boolean;
  /** The interaction that led to it. */
  readonly cause: Interaction | undefined;
  /** Whether the address is its own. */
  isShown: boolean;
  /** Set once the page has done its work, or has failed. */
  isSettled: boolean;
  error: unknown;
  /** Whether a router tells when it is shown. */
  isTold: boolean;
}

/** Begins one, in the span that is open now. */
export function beginRoute(shared: Shared, from: URL, to: URL, type: RouteType, at: number, template: string): Route {
  const [parent, cause, inferred] = shared[3]();
  const before = shared[4]();
  const activity = startActivity(parent, cause, at, (end) => record(end));
  const route: Route = Object.assign(activity, {
    to,
    type,
    template,
    isHashChange: to.pathname == from.pathname && to.search == from.search,
    cause,
    isShown: false,
    isSettled: false,
    error: undefined,
    isTold: false,
  });
  route.count(1);
  (shared[SPAN_BEGINS] as SpanBegins | undefined)?.([nameOfSpan(template), to.pathname, template], "navigation", to.href, activity.context, !parent);

  const record = (end: number): void => {
    const { type, template, error, isShown, isSettled, isHashChange } = route;
    const values = new Map<string, unknown>([
      [URL_FULL, to.href],
      [BROWSER_NAVIGATION_TYPE, type],
      [BROWSER_NAVIGATION_SAME_DOCUMENT, true],
      [BROWSER_NAVIGATION_HASH_CHANGE, isHashChange],
    ]);
    if (template) values.set(URL_TEMPLATE, template);
    if (inferred) values.set(THROUGHLINE_PARENT_INFERRED, true);
    let status = "";
    if (error != null || (isSettled && !isShown)) {
      const name = nameOf(error);
      const isAborted = name == "AbortError";
      values.set(THROUGHLINE_NAVIGATION_OUTCOME, isAborted ? "aborted" : "failed");
      // As with requests an abort is no error.
      if (!isAborted) {
        values.set(ERROR_TYPE, name);
        status = message(STATUS, integer(STATUS_CODE, ERROR));
      }
    }
    // The page that is shown is that of the route.
    const place: ContextFact = isShown ? ["C", before[1], to.href, withTemplate(shared[0], template)] : before;
    const attributes = makeAttributes(ATTRIBUTES);
    attributes.set(Object.fromEntries(values));
    shared[5](place, "P", micros(at), micros(end), ...route.context, parent?.[1], nameOfSpan(template), ...attributes.write(status));
  };
  return route;
}

const nameOfSpan = (template: string): string => `navigation${template && ` ${template}`}`;

/** The name of an error, or the type of what is none. */
const nameOf = (error: unknown): string => String((error as Error | undefined)?.name ?? (error == null ? "AbortError" : typeof error));

/** Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const ATTRIBUTES = 9;
const STATUS = 15;
const STATUS_CODE = 3;
const ERROR = 2;
