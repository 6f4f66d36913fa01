// Chooses a gift, on purpose by work that keeps the page from painting.

/** Tries orders of the products until its time is over. */
export function chooseGift(skus: readonly string[]): string {
  const end = performance.now() + SLOW_MS;
  let best = "";
  let score = -1;
  while (performance.now() < end) {
    const found = skus[Math.floor(Math.random() * skus.length)] ?? "";
    const luck = Math.random();
    if (luck > score) [best, score] = [found, luck];
  }
  return best;
}

/** Much slower than the page's other interactions; one is poor from 500 ms on: https://web.dev/articles/inp */
const SLOW_MS = 800;
