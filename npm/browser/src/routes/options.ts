// Options of routes, and a change that a router tells of.

import type { Templates } from "../templates/template.js";

/** Options of `traceRoutes`. */
export interface RouteOptions {
  /** Templates of the page's addresses, such as `/orders/{id}`. */
  templates?: Templates;
  /** Whether a template is guessed where none is known (default `true`): numbers, UUIDs, hashes and tokens become `{id}`. */
  guess?: boolean;
}

/** A change of the route that a router has told of. It may be told several times; the first end counts. */
export interface RouteChange {
  /** Names the route. */
  setTemplate(template: string): void;
  /** Tells that the route is shown, or that it could not be: with the error, which is an `AbortError` when another one was begun. */
  done(error?: unknown): void;
}

/** How the address changed: https://developer.mozilla.org/en-US/docs/Web/API/NavigateEvent/navigationType */
export type RouteType = "push" | "replace" | "traverse" | "reload";
