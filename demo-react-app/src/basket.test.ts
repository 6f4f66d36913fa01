import { describe, expect, it } from "vitest";
import { type Basket, type BasketAction, basketReducer, listTotalCents } from "./basket";

const MUG = { sku: "mug", name: "Mug", description: "", priceCents: 1450 };
const LAMP = { sku: "lamp", name: "Lamp", description: "", priceCents: 6900 };

function after(actions: BasketAction[], before: Basket = []): Basket {
  return actions.reduce(basketReducer, before);
}

describe("basket", () => {
  it("counts a product that is added twice", () => {
    const basket = after([
      { type: "add", sku: "mug" },
      { type: "add", sku: "lamp" },
      { type: "add", sku: "mug" },
    ]);
    expect(basket).toEqual([
      { sku: "mug", quantity: 2 },
      { sku: "lamp", quantity: 1 },
    ]);
  });

  it("holds no more of a product than can be ordered", () => {
    expect(after([{ type: "add", sku: "mug" }], [{ sku: "mug", quantity: 99 }])).toEqual([
      { sku: "mug", quantity: 99 },
    ]);
  });

  it("removes a product with its last piece", () => {
    expect(after([{ type: "remove", sku: "mug" }], [{ sku: "mug", quantity: 1 }])).toEqual([]);
    expect(after([{ type: "remove", sku: "mug" }], [{ sku: "lamp", quantity: 1 }])).toHaveLength(1);
  });

  it("adds up list prices and counts an unknown product as free", () => {
    const basket = [
      { sku: "mug", quantity: 3 },
      { sku: "lamp", quantity: 1 },
      { sku: "yacht", quantity: 1 },
    ];
    expect(listTotalCents(basket, [MUG, LAMP])).toBe(3 * 1450 + 6900);
  });
});
