// What does the shop's page show?

import { useEffect, useReducer, useState } from "react";
import { type Order, type Product, fetchProducts, placeOrder } from "./api";
import { basketReducer } from "./basket";
import { BasketPanel } from "./components/BasketPanel";
import { Mishaps } from "./components/Mishaps";
import { Shelf } from "./components/Shelf";

/** How the last purchase went. */
export type Purchase =
  | { state: "none" }
  | { state: "under way" }
  | { state: "placed"; order: Order }
  | { state: "failed"; reason: string };

export function App() {
  const { products, failure } = useProducts();
  const [basket, change] = useReducer(basketReducer, []);
  const [purchase, setPurchase] = useState<Purchase>({ state: "none" });

  async function buy() {
    setPurchase({ state: "under way" });
    try {
      setPurchase({ state: "placed", order: await placeOrder(basket) });
      change({ type: "empty" });
    } catch (error) {
      setPurchase({ state: "failed", reason: reasonOf(error) });
    }
  }

  return (
    <>
      <a className="skip" href="#basket">
        Skip to the basket
      </a>
      <header className="masthead">
        <h1>Hearth &amp; Home</h1>
        <p>Six good things for quiet evenings.</p>
      </header>
      <main className="layout">
        <Shelf products={products} failure={failure} onAdd={(sku) => change({ type: "add", sku })} />
        <aside className="side">
          <BasketPanel
            basket={basket}
            products={products ?? []}
            purchase={purchase}
            onChange={change}
            onBuy={buy}
          />
          <Mishaps />
        </aside>
      </main>
    </>
  );
}

function useProducts() {
  const [products, setProducts] = useState<Product[]>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let wanted = true;
    fetchProducts().then(
      (found) => wanted && setProducts(found),
      (error: unknown) => wanted && setFailure(reasonOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, []);
  return { products, failure };
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
