// The page of a shop that the consumers with React show.

import { ErrorBoundary } from "@throughline/react";
import axios from "axios";
import { useState } from "react";

/** The shop. */
export function Shop() {
  const [place, setPlace] = useState("");
  const [isBroken, breakBasket] = useState(false);
  const pay = () => {
    throw new TypeError("no price");
  };
  const order = async () => {
    const { data } = await axios.post("/api/orders", { sku: "lamp" });
    setPlace(`Ordered by ${data.method}`);
  };
  const open = () => {
    history.pushState({}, "", "/orders/7");
    setPlace("Order 7");
  };
  return (
    <main>
      <h1>Shop</h1>
      <button id="pay" onClick={pay}>Pay</button>
      <button id="order" onClick={order}>Order</button>
      <button id="open" onClick={open}>Open</button>
      <button id="break" onClick={() => breakBasket(true)}>Break</button>
      <p id="place">{place}</p>
      <ErrorBoundary fallback={<p id="sorry">Sorry</p>} tags={{ part: "basket" }}>
        <Basket isBroken={isBroken} />
      </ErrorBoundary>
    </main>
  );
}

/** @param {{ isBroken: boolean }} properties */
function Basket({ isBroken }) {
  if (isBroken) throw new RangeError("no basket");
  return <p>One lamp</p>;
}
