// The page's routes: the shelf, and `/products/{sku}`.

import { useSyncExternalStore } from "react";

/** The product that the address names; undefined on the shelf. */
export function useProductRoute(): string | undefined {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  return /^\/products\/([\w-]+)$/.exec(path)?.[1];
}

/** Shows an address without a load of the document. */
export function navigate(path: string): void {
  history.pushState(null, "", path);
  // The browser tells of its own changes alone.
  for (const changed of listeners) changed();
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  addEventListener("popstate", changed);
  return () => {
    listeners.delete(changed);
    removeEventListener("popstate", changed);
  };
}

const listeners = new Set<() => void>();
