import { expect, it } from "vitest";
import { OLD_RECEIPT, reprintReceipt } from "./receipt";

it("reprints a receipt with discounts", () => {
  const saved = JSON.stringify({
    number: 1001,
    lines: [{ name: "Mug", totalCents: 1305, discount: { percent: 10 } }],
  });
  expect(reprintReceipt(saved)).toBe("Order 1001\nMug  €13.05 (10 % off)");
});

it("fails on an old receipt, as the demo's button shows", () => {
  expect(() => reprintReceipt(OLD_RECEIPT)).toThrow(TypeError);
});
