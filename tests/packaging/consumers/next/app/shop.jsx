"use client";
// The controls of the shop, which the server renders and the browser hydrates.

import axios from "axios";
import { useRouter } from "next/navigation";
import { useState } from "react";

/** @param {{ order?: string, children: import("react").ReactNode }} properties */
export function Shop({ order, children }) {
  const router = useRouter();
  const [place, setPlace] = useState(order ? `Order ${order}` : "");
  const [isCrashed, crash] = useState(false);
  if (isCrashed) throw new RangeError("no shop");
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
      <button id="crash" onClick={() => crash(true)}>Crash</button>
      <p id="place">{place}</p>
      {children}
    </main>
  );
}
