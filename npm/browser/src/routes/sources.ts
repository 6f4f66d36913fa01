// Changes of the page's address, by the Navigation API, or by History where there is none.

import { onWindow } from "../control/started.js";
import { guarded } from "../core/guarded.js";
import { elapsed, listen } from "../core/platform.js";
import type { RouteType } from "./options.js";

/** Gets what happens to the address. */
export interface Observer {
  /** A change is asked for; `commits` unless the document itself may be replaced. */
  begin(to: string, type: RouteType, at: number, commits: boolean): void;
  /** The address has changed. */
  commit(type: RouteType, at: number): void;
  /** The page has done its work for the last change, or has failed with this error. */
  settle(error?: unknown): void;
}

/** Observes the address; returns the function that stops it. */
export function observeAddress({ begin, commit, settle }: Observer): () => void {
  // Telemetry that has ended throws.
  const observer: Observer = { begin: guarded(begin), commit: guarded(commit), settle: guarded(settle) };
  const { navigation } = globalThis as { navigation?: Navigation };
  // An element may have this name, in a browser without the interface.
  return typeof navigation?.navigate == "function" ? observeNavigation(navigation, observer) : observeHistory(observer);
}

/** https://html.spec.whatwg.org/multipage/nav-history-apis.html#navigation-interface */
interface Navigation extends EventTarget {
  navigate: unknown;
}
interface NavigateEvent extends Event {
  navigationType: RouteType;
  destination: { url: string; sameDocument: boolean };
  downloadRequest: string | null;
}

function observeNavigation(navigation: Navigation, observer: Observer): () => void {
  const stop = new AbortController();
  const on = (type: string, listener: (event: never) => void): void =>
    listen.call(navigation, type, listener as EventListener, { capture: true, signal: stop.signal });
  on("navigate", ({ destination, navigationType, timeStamp, downloadRequest }: NavigateEvent) => {
    if (downloadRequest == null) observer.begin(destination.url, navigationType, timeStamp, destination.sameDocument);
  });
  // Null after `updateCurrentEntry`, which changes no address.
  on("currententrychange", ({ navigationType, timeStamp }: { navigationType: RouteType | null } & Event) => {
    if (navigationType) observer.commit(navigationType, timeStamp);
  });
  on("navigatesuccess", () => observer.settle());
  on("navigateerror", ({ error }: ErrorEvent) => observer.settle(error ?? new DOMException("", "AbortError")));
  return () => stop.abort();
}

function observeHistory(observer: Observer): () => void {
  const stop = new AbortController();
  const undo = (["pushState", "replaceState"] as const).flatMap((method) =>
    // A library's own method stands in front of the prototype's, and may call a function that it has kept.
    [History.prototype, history].filter((holder) => Object.hasOwn(holder, method)).map((holder) => wrap(holder, method)),
  );

  /** Wraps a method where it is; a call that passes through two of them is told of once, since the address is the same. */
  function wrap(holder: History, method: "pushState" | "replaceState"): () => void {
    const native = holder[method];
    const wrapped = {
      // A method is no constructor, as the native function is none.
      [method](this: History, _state: unknown, _unused: string): void {
        const at = elapsed();
        native.apply(this, arguments as never);
        // That of a frame is not the page's.
        if (stop.signal.aborted || this != history) return;
        observer.commit(method == "pushState" ? "push" : "replace", at);
        observer.settle();
      },
    }[method]!;
    holder[method] = wrapped;
    return () => {
      // What another library has put around it stays, and calls it as before.
      if (holder[method] == wrapped) holder[method] = native;
    };
  }
  const popstate = ({ timeStamp }: Event): void => {
    observer.commit("traverse", timeStamp);
    observer.settle();
  };
  // Before the page's own, which render what the address names.
  const stopPopstate = onWindow(["popstate"], popstate);
  return () => {
    stop.abort();
    stopPopstate();
    for (const one of undo) one();
  };
}
