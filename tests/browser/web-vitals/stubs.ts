// Reads what the pages of web-vitals' tests put in the place of the browser's state of the document.

/** The package reads these from the prototype, which an element's name does not shadow; the tests define them on `document`. */
export function honourStubs(): void {
  for (const name of ["visibilityState", "prerendering", "wasDiscarded"]) {
    const native = Object.getOwnPropertyDescriptor(Document.prototype, name);
    if (!native?.get) continue;
    const { get } = native;
    Object.defineProperty(Document.prototype, name, {
      ...native,
      get(this: Document) {
        const own = Object.getOwnPropertyDescriptor(this, name);
        return own ? (own.get ? own.get.call(this) : own.value) : get.call(this);
      },
    });
  }
}

/** Observes events from another duration on, ms: the package has no such option. */
export function observeEventsFrom(durationThreshold: number): void {
  const { observe } = PerformanceObserver.prototype;
  PerformanceObserver.prototype.observe = function (options) {
    observe.call(this, options?.type == "event" ? ({ ...options, durationThreshold } as PerformanceObserverInit) : options);
  };
}
