// Traces the changes of the page's route.

import type { CurrentSpan } from "../context/current-span.js";
import { elapsed, ofDocument } from "../core/platform.js";
import { beforeStop, LEAVING, onWindow, type Started } from "../control/started.js";
import { templatesOf } from "../templates/template.js";
import { isRouteChange } from "./address.js";
import type { RouteOptions, RouteType } from "./options.js";
import { withTemplate } from "./own-template.js";
import { beginRoute, type Route } from "./route.js";
import { ROUTE_OF_DOCUMENT } from "../context/places.js";
import { share } from "./shared.js";
import { measuredOn } from "./measured.js";
import { observeAddress } from "./sources.js";

/** Starts to trace; returns the function that stops it. */
export function trace({ shared }: Started, { templates, guess }: RouteOptions): () => void {
  const find = templatesOf(templates, guess);
  const stop = new AbortController();
  /** The address of the route that is shown. */
  let address = new URL(location.href);
  let template = find(address);
  /** The template of the document's own address, once the page is elsewhere. */
  let documentTemplate: string | undefined;
  /** The route that is shown, and the one that is begun and not shown yet. */
  let route: Route | undefined;
  /** The address and route that were shown before it. */
  let last: [address: URL, route: Route | undefined] | undefined;
  let next: Route | undefined;
  /** The change that the browser was asked for last. */
  let asked: { to: URL; type: RouteType; at: number } | undefined;
  let isBeginning = false;

  const before = shared[CURRENT];
  const current = (): CurrentSpan => {
    const now = before();
    if (stop.signal.aborted) return now;
    const [, interaction, inferred] = now;
    // Neither the document's load nor the route before is the parent of a route.
    if (isBeginning) return interaction ? now : [];
    const open = [next, route].find((one) => one?.isOpen());
    // A later interaction takes the place of what an earlier one has caused.
    if (interaction && interaction != open?.cause) return now;
    if (open) return [open.context, open.interaction, interaction && !inferred ? undefined : 1];
    if (!route) return now;
    return elapsed() - route.start < ROUTE_MS ? ([route.context, , 1] as unknown as CurrentSpan) : [];
  };

  const setTemplate = (value: string): void => {
    template = value;
    shared[0] = withTemplate(shared[0], value);
  };

  const begin = (to: URL, type: RouteType, at: number, name = find(to)): Route => {
    if (next?.to.href == to.href) return next;
    const replaced = next;
    isBeginning = true;
    try {
      next = beginRoute(shared, address, to, type, at, name);
    } finally {
      isBeginning = false;
    }
    if (replaced) settle(replaced, new DOMException("", "AbortError"));
    return next;
  };

  /** Makes it the route of the page. */
  const show = (one: Route, type: RouteType): void => {
    route?.finish();
    documentTemplate ??= template;
    last = [address, route];
    route = one;
    next = undefined;
    address = one.to;
    one.type = type;
    one.isShown = true;
    setTemplate(one.template);
  };

  const settle = (one: Route, error?: unknown): void => {
    if (one.isSettled) return;
    one.isSettled = true;
    one.error = error;
    one.count(-1);
    // What is not shown has no effects.
    if (!one.isShown) one.finish();
    if (next == one) next = undefined;
  };

  shared[CURRENT] = current;
  shared[ROUTE_OF_DOCUMENT] = (own: readonly string[]) => withTemplate(own, documentTemplate ?? template);
  setTemplate(template);

  const stopMeasuring = measuredOn(shared, (href) => {
    const [before, one] = last ?? [];
    if (href == address.href) return before?.href == href ? undefined : (route ?? null);
    return before?.href == href ? (one ?? null) : undefined;
  });
  const stopObserving = observeAddress({
    begin(href, type, at, commits) {
      asked = { to: new URL(href), type, at };
      // Its parent is that of now: a page that goes back changes its address later.
      if (commits && isRouteChange(address, asked.to, type)) begin(asked.to, type, at);
    },
    commit(type, at) {
      const to = new URL(location.href);
      if (isRouteChange(address, to, type)) show(begin(to, type, asked?.to.href == to.href ? asked.at : at), type);
      // A fragment, or what the page notes in its address.
      else address = to;
    },
    settle(error) {
      // What would have replaced the document, had the page not been about to show it itself.
      if (!next && asked && isFailure(error) && asked.to.href != location.href && isRouteChange(address, asked.to, asked.type))
        begin(asked.to, asked.type, asked.at);
      asked = undefined;
      const one = next ?? route;
      if (one && (!one.isTold || error != null)) settle(one, error);
    },
  });

  share(shared, {
    setTemplate(name) {
      if (route) route.template = name;
      setTemplate(name);
    },
    begin(href, name) {
      const to = new URL(href, ofDocument("baseURI"));
      let one: Route | undefined;
      if (route?.to.href == to.href && route.isOpen()) {
        // The address was first.
        one = route;
        if (one.isSettled && one.error == null) {
          one.isSettled = false;
          one.count(1);
        }
      } else if (isRouteChange(address, to, "push")) one = begin(to, "push", elapsed(), name);
      if (!one) return undefined;
      one.isTold = true;
      const change = {
        setTemplate(name: string) {
          one.template = name;
          if (one == route) setTemplate(name);
        },
        done: (error?: unknown) => settle(one, error),
      };
      if (name) change.setTemplate(name);
      return change;
    },
  });

  const finishAll = (): void => [next, route].forEach((one) => one?.finish());
  const leave = ({ type }: Event): void => {
    if (type == "pagehide" || ofDocument("visibilityState") == "hidden") finishAll();
  };
  const unleave = onWindow(LEAVING, leave);

  const forget = beforeStop(shared, finishAll);

  return () => {
    if (stop.signal.aborted) return;
    forget();
    finishAll();
    stop.abort();
    unleave();
    stopObserving();
    stopMeasuring();
    share(shared, undefined);
    shared[ROUTE_OF_DOCUMENT] = undefined;
    shared[0] = withTemplate(shared[0], "");
    // What another part has put in front of it calls it, and gets what it would get without it.
    if (shared[CURRENT] == current) shared[CURRENT] = before;
  };
}

/** Whether it is the error of a change that was not replaced by another one. */
const isFailure = (error: unknown): boolean => error != null && (error as Error).name != "AbortError";

/** The place in `shared` of the function that returns the open span. */
const CURRENT = 3;
/** ms. As with the document's load: a page may poll for hours, and that is no part of its route. */
const ROUTE_MS = 60_000;
