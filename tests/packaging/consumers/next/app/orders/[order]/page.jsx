// The page of an order.

import { ErrorBoundary } from "@throughline/react";
import { Basket } from "../../basket.jsx";
import { Shop } from "../../shop.jsx";

/** @param {{ params: Promise<{ order: string }> }} properties */
export default async function Page({ params }) {
  const { order } = await params;
  return (
    <Shop order={order}>
      <ErrorBoundary fallback={<p id="sorry">Sorry</p>} tags={{ part: "basket" }}>
        <Basket />
      </ErrorBoundary>
    </Shop>
  );
}
