// The page of a shop that the consumers without React show.

import axios from "axios";

/** Shows the shop in an element. @param {Element} element */
export function showShop(element) {
  element.innerHTML = `
    <h1>Shop</h1>
    <button id="pay">Pay</button><button id="order">Order</button><button id="open">Open</button>
    <p id="place"></p>`;
  on("pay", () => {
    throw new TypeError("no price");
  });
  on("order", async () => {
    const { data } = await axios.post("/api/orders", { sku: "lamp" });
    show(`Ordered by ${data.method}`);
  });
  on("open", () => {
    history.pushState({}, "", "/orders/7");
    show("Order 7");
  });
}

/** @param {string} id @param {() => unknown} work */
const on = (id, work) => document.getElementById(id)?.addEventListener("click", work);

/** @param {string} text */
const show = (text) => document.getElementById("place")?.replaceChildren(text);
