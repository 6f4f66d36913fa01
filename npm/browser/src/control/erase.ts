// Deletes what is stored of batches, in this visit or an earlier one.

/** Deletes the database of `offline/store.ts`; never throws. Pages that have it open close it. */
export function erase(): void {
  try {
    const deleting = indexedDB.deleteDatabase("throughline");
    // Firefox tells the page of it otherwise.
    deleting.onerror = (event) => event.preventDefault();
  } catch {
    // A server, or a page without such a storage.
  }
}
