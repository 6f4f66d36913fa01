// When may we do something that is not urgent?

/** Once the page is shown: a page that is rendered ahead may never be. */
export function whenShown(work: () => void): void {
  if (document.prerendering) document.addEventListener("prerenderingchange", work, { once: true });
  else work();
}

/** Once the document is complete and the main thread has nothing better to do. */
export function whenLoadedAndIdle(work: () => void): void {
  if (document.readyState == "complete") idle(work);
  else addEventListener("load", () => idle(work), { once: true });
}

/** When the main thread has nothing better to do; WebKit does not say when that is. */
export const idle = (work: () => void): void =>
  void ("requestIdleCallback" in self ? requestIdleCallback(work, { timeout: 2000 }) : setTimeout(work, 50));
