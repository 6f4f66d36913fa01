// The page of an order.

import { ErrorBoundary } from "@throughline/react";
import { Basket } from "../../basket.jsx";
import { Shop } from "../../shop.jsx";

/** @param {{ params: Promise<{ id: string }> }} properties */
export default async function Page({ params }) {
  const { id } = await params;
  return (
    <Shop order={id}>
      <ErrorBoundary fallback={<p id="sorry">Sorry</p>} tags={{ part: "basket" }}>
        <Basket />
      </ErrorBoundary>
    </Shop>
  );
}
