// Lets one page of an origin send what is stored.

import { CLAIM_MS, type Store } from "./store.js";

/**
 * Calls `work` where no other page does the same; before each batch `work` asks whether it may go on.
 * Web Locks end with their page; without them, as in a page that is not secure, a claim in the database does.
 */
export async function alone(store: Store, work: (mayGoOn: () => Promise<boolean>) => Promise<void>): Promise<void> {
  // Not every browser has them.
  const locks = navigator.locks as LockManager | undefined;
  if (locks) {
    await locks.request("throughline", { ifAvailable: true }, async (lock) => {
      if (lock) await work(async () => true);
    });
    return;
  }
  const owner = `${Math.random()}`;
  const claim = (): Promise<boolean> => store.claim(owner, Date.now(), Date.now() + CLAIM_MS);
  if (!(await claim())) return;
  try {
    await work(claim);
  } finally {
    await store.claim(owner, Date.now(), 0);
  }
}
