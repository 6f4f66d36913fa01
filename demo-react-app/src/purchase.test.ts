import { expect, it } from "vitest";
import { outcome } from "./purchase";

it("shows the order's number and its total", () => {
  const order = { number: 1001, currency: "EUR", totalCents: 10815 };
  expect(outcome({ state: "placed", order })).toBe("Order 1001 placed: €108.15");
});

it("shows the reason of a failed purchase", () => {
  expect(outcome({ state: "failed", reason: "the pricing service failed" })).toBe(
    "Not bought: the pricing service failed",
  );
});
