// The page's script: what it buys from is loaded when it is clicked.

import { init } from "@throughline/browser";

init({ endpoint: "/_t", key: "pk_shop", serviceName: "shop-web" });
document.body.innerHTML = '<button id="pay">Pay</button>';
document.querySelector("#pay")?.addEventListener("click", async () => {
  const { pay } = await import("./pay.js");
  pay({ total: "" });
});
