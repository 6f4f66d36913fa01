// The basket: its items and the changes to them.

import type { Item, Product } from "./api";

export type Basket = readonly Item[];

export type BasketAction =
  | { type: "add"; sku: string }
  | { type: "remove"; sku: string }
  | { type: "empty" };

export function basketReducer(basket: Basket, action: BasketAction): Basket {
  switch (action.type) {
    case "add":
      return added(basket, action.sku);
    case "remove":
      return basket
        .map((item) => (item.sku === action.sku ? { ...item, quantity: item.quantity - 1 } : item))
        .filter((item) => item.quantity > 0);
    case "empty":
      return [];
  }
}

/** The sum at list price; the shop computes the final price. */
export function listTotalCents(basket: Basket, products: readonly Product[]): number {
  const prices = new Map(products.map((product) => [product.sku, product.priceCents]));
  return basket.reduce((sum, item) => sum + (prices.get(item.sku) ?? 0) * item.quantity, 0);
}

function added(basket: Basket, sku: string): Basket {
  if (!basket.some((item) => item.sku === sku)) return [...basket, { sku, quantity: 1 }];
  return basket.map((item) =>
    item.sku === sku ? { sku, quantity: Math.min(item.quantity + 1, MAX_QUANTITY) } : item,
  );
}

/** The largest quantity of one product that orders-api accepts. */
const MAX_QUANTITY = 99;
