// The state of the last purchase and its text.

import type { Order } from "./api";
import { euros } from "./money";

export type Purchase =
  | { state: "none" }
  | { state: "under way" }
  | { state: "placed"; order: Order }
  | { state: "failed"; reason: string };

/** The text that the page shows. */
export function outcome(purchase: Purchase): string {
  switch (purchase.state) {
    case "none":
      return "Three or more of a kind cost less.";
    case "under way":
      return "One moment …";
    case "placed":
      return `Order ${purchase.order.number} placed: ${euros(purchase.order.totalCents)}`;
    case "failed":
      return `Not bought: ${purchase.reason}`;
  }
}
