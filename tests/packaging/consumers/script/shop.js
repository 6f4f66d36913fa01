// The page of a shop, as scripts without a build.

document.body.insertAdjacentHTML(
  "beforeend",
  '<h1>Shop</h1><button id="pay">Pay</button><button id="order">Order</button><button id="open">Open</button><p id="place"></p>',
);
const show = (text) => document.getElementById("place").replaceChildren(text);
document.getElementById("pay").onclick = () => {
  throw new TypeError("no price");
};
document.getElementById("order").onclick = async () => {
  const { data } = await axios.post("/api/orders", { sku: "lamp" });
  show(`Ordered by ${data.method}`);
};
document.getElementById("open").onclick = () => {
  history.pushState({}, "", "/orders/7");
  show("Order 7");
};
