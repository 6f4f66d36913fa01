// Pays a basket, in a chunk of its own.

/** @param {{ total: string }} basket */
export function pay(basket) {
  for (const character of basket.total) console.log(character);
  if (!basket.total) throw new TypeError("no price"); // The place of the error.
}
