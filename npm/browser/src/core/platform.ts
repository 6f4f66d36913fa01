// The functions of the browser that we trust, as they are when this file is evaluated.
//
// What a page replaces later (clocks and timers in its tests) does not change what we do.
// `fetch` is taken at the start (post.ts), random numbers are in ids.ts.

/** `requestIdleCallback` is not in every browser; an element may have its name instead. */
export const { setTimeout, requestIdleCallback, performance: clock } = globalThis;

/** Milliseconds since the page's time origin. */
export const elapsed: () => number = clock.now.bind(clock);

/** Milliseconds since the Unix epoch. */
export const wallClock = Date.now;

/** Runs `work` when the browser is idle, or after `timeout` ms; WebKit has no such callback. */
export const idle = (work: () => void, timeout = 2000): unknown =>
  typeof requestIdleCallback == "function" ? requestIdleCallback(work, { timeout }) : setTimeout(work, 50);

/**
 * A member of `document`, read from its prototype: an element's name shadows it on `document`
 * itself (https://html.spec.whatwg.org/multipage/dom.html#dom-document-nameditem).
 */
export const ofDocument = <Name extends keyof Document>(name: Name): Document[Name] =>
  Reflect.get(Document.prototype, name, document);

/** Entries of a type; none where the page has no such function. */
export const entriesOf = (type: string): PerformanceEntryList => clock.getEntriesByType?.(type) ?? [];

/** The browser's own function, whatever a library puts in its place later. */
export const listen = EventTarget.prototype.addEventListener;
const listenAll = (): void =>
  changes.forEach(([types, listener]) => types.forEach((type) => listen.call(window, type, listener as EventListener, true)));

/** Calls `listener` before the page's own, however often `document.open()` removes all listeners. */
export function listenFirst(...one: [types: readonly string[], listener: (event: never) => void]): void {
  changes.push(one);
  listenAll();
}

/**
 * Adds the listeners again when the document's children are replaced, as `document.open()`
 * does; to add one that is still there changes nothing.
 */
export function keepListening(): void {
  const observer = new MutationObserver(listenAll);
  changes.push([[], observer]);
  observer.observe(document, { childList: true });
}

/** Changes that `shutdown` takes back. All but listeners are listeners of no type. */
export const changes: Change[] = [];
export type Change =
  | [types: readonly string[], listener: (event: never) => void]
  | [types: readonly [], observer: { disconnect(): void }]
  | [types: readonly [], target: any, natives: Record<string, any>, ours: Record<string, any>];
