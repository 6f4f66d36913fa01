// The scopes of the page.

import { findActive, runWith } from "./active.js";
import { lasting } from "./content.js";
import { forkOf, Scope } from "./scope.js";

const [global, isolation, current] = lasting.map((data) => new Scope(data)) as [Scope, Scope, Scope];

/** The scope of the function that runs in `withScope` or in a span; elsewhere one that lasts as long as the page. */
export const getCurrentScope = (): Scope => (findActive() as Scope | undefined) ?? current;

/** The scope that `setTag`, `setUser` and the like change: it lasts as long as the page. */
export const getIsolationScope = (): Scope => isolation;

/** The scope below all others: it lasts as long as the page. */
export const getGlobalScope = (): Scope => global;

/**
 * Calls a function with a scope of its own, a copy of the current one, or with that which is given: what is captured
 * in the function has its data. After an `await` the scope is the current one again where the open span is
 * (@throughline/vite-plugin); elsewhere give it to `captureException(error, scope)`.
 * @function
 */
export const withScope: WithScope = <T>(...given: unknown[]): T => {
  const callback = given.pop() as (scope: Scope) => T;
  const [own = forkOf(getCurrentScope())] = given as [Scope?];
  return runWith(own, () => callback(own));
};

/** The forms of `withScope`. */
export interface WithScope {
  <T>(callback: (scope: Scope) => T): T;
  <T>(scope: Scope | undefined, callback: (scope: Scope) => T): T;
}

/** As `withScope`, with the isolation scope: a page has one. */
export const withIsolationScope = <T>(callback: (isolationScope: Scope) => T): T => withScope(() => callback(isolation));
