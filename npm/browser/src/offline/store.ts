// Stores batches in IndexedDB, oldest first.

import type { Kept, Sum } from "./kept.js";

/** An open database. Each function rejects where the browser fails. */
export interface Store {
  /** Adds or replaces a batch. */
  put(kept: Kept): Promise<void>;
  remove(id: string): Promise<void>;
  /** The oldest batch that `fits`. */
  oldest(fits: (kept: Kept) => boolean): Promise<Kept | undefined>;
  /** Removes the oldest batches beyond so many bytes; returns them. */
  bound(bytes: number): Promise<Kept[]>;
  sum(): Promise<Sum>;
  /** Takes the right to send until a time, if nobody else has it; 0 gives it back. */
  claim(owner: string, now: number, until: number): Promise<boolean>;
  close(): void;
}

/** Opens the database of this origin; `ended` is called when the browser or another page closes it. */
export function openStore(ended: (reason: string) => void): Promise<Store> {
  return new Promise((settle, fail) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => {
      const batches = opening.result.createObjectStore(BATCHES, { keyPath: "id" });
      // Sums are read from the index alone, without the bodies.
      batches.createIndex(OLDEST, ["keptAt", "id", "bytes", "records"]);
      opening.result.createObjectStore(CLAIMS);
    };
    opening.onerror = (event) => {
      // Firefox tells the page of it otherwise.
      event.preventDefault();
      fail(opening.error);
    };
    opening.onblocked = () => fail(new Error("blocked"));
    opening.onsuccess = () => {
      const database = opening.result;
      database.onclose = () => ended("closed");
      // Another page empties the store.
      database.onversionchange = () => {
        database.close();
        ended("emptied");
      };
      settle(storeOf(database));
    };
  });
}

function storeOf(database: IDBDatabase): Store {
  /** Runs `work` in a transaction; resolves with its result when that is written. */
  const run = <Result>(mode: IDBTransactionMode, name: string, work: (store: IDBObjectStore, give: (result: Result) => void) => unknown) =>
    new Promise<Result>((settle, fail) => {
      const transaction = database.transaction(name, mode, { durability: "relaxed" });
      let result: Result;
      transaction.oncomplete = () => settle(result);
      transaction.onabort = () => fail(transaction.error ?? new Error("aborted"));
      transaction.onerror = (event) => event.stopPropagation();
      work(transaction.objectStore(name), (given) => (result = given));
    });
  /** Runs one request that nothing follows, which is then written even where the page ends. */
  const once = (name: string, work: (store: IDBObjectStore) => IDBRequest) =>
    run<void>("readwrite", name, (store) => {
      work(store);
      store.transaction.commit?.();
    });

  return {
    put: (kept) => once(BATCHES, (batches) => batches.put(kept)),
    remove: (id) => once(BATCHES, (batches) => batches.delete(id)),
    oldest: (fits) =>
      run("readonly", BATCHES, (batches, give: (kept: Kept | undefined) => void) => {
        each(batches.index(OLDEST).openCursor(), (cursor) => {
          if (!fits(cursor.value as Kept)) return true;
          give(cursor.value as Kept);
          return false;
        });
      }),
    bound: (most) =>
      run("readwrite", BATCHES, (batches, give: (removed: Kept[]) => void) => {
        const removed: Kept[] = [];
        let sum = 0;
        give(removed);
        each(batches.index(OLDEST).openKeyCursor(null, "prev"), ({ key, primaryKey }) => {
          sum += (key as unknown as Key)[2];
          if (sum <= most) return true;
          const reading = batches.get(primaryKey) as IDBRequest<Kept>;
          reading.onsuccess = () => removed.push(reading.result);
          batches.delete(primaryKey);
          return true;
        });
      }),
    sum: () =>
      run("readonly", BATCHES, (batches, give: (sum: Sum) => void) => {
        const sum: Sum = { batches: 0, records: 0, bytes: 0 };
        give(sum);
        each(batches.index(OLDEST).openKeyCursor(), ({ key }) => {
          const [, , bytes, records] = key as unknown as Key;
          sum.batches++;
          sum.bytes += bytes;
          sum.records += records;
          return true;
        });
      }),
    claim: (owner, now, until) =>
      run("readwrite", CLAIMS, (claims, give: (isMine: boolean) => void) => {
        const reading = claims.get(SENDING) as IDBRequest<readonly [owner: string, until: number] | undefined>;
        reading.onsuccess = () => {
          const [holder, end] = reading.result ?? ["", 0];
          // One that lasts longer than any is from a clock that has been set back.
          const isFree = holder == owner || end < now || end > now + CLAIM_MS;
          give(isFree);
          if (isFree) claims.put([owner, until], SENDING);
        };
      }),
    close: () => database.close(),
  };
}

/** Calls `more` with each position of a cursor, until it returns false. */
function each<Cursor extends IDBCursor>(request: IDBRequest<Cursor | null>, more: (cursor: Cursor) => boolean): void {
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor && more(cursor)) cursor.continue();
  };
}

/** The position of a batch in the index. */
type Key = readonly [keptAt: number, id: string, bytes: number, records: number];

/** Also the name in `control/erase.ts`. */
export const DATABASE = "throughline";
const BATCHES = "batches";
const OLDEST = "oldest";
const CLAIMS = "claims";
const SENDING = "sending";
/** The longest that a page has the right to send without saying so again. */
export const CLAIM_MS = 30_000;
