"use client";
// The controls of the shop, which the server renders and the browser hydrates.

import axios from "axios";
import { useRouter } from "next/navigation";
import { useState } from "react";

/** @param {{ order?: string }} properties */
export function Shop({ order }) {
  const router = useRouter();
  const [place, setPlace] = useState(order ? `Order ${order}` : "");
  const [isBroken, breakBasket] = useState(false);
  if (isBroken) throw new RangeError("no basket");
  const pay = () => {
    throw new TypeError("no price");
  };
  const placeOrder = async () => {
    const { data } = await axios.post("/api/orders", { sku: "lamp" });
    setPlace(`Ordered by ${data.method}`);
  };
  return (
    <main>
      <button id="pay" onClick={pay}>Pay</button>
      <button id="order" onClick={placeOrder}>Order</button>
      <button id="open" onClick={() => router.push("/orders/7")}>Open</button>
      <button id="break" onClick={() => breakBasket(true)}>Break</button>
      <p id="place">{place}</p>
    </main>
  );
}
