// The shop's page: products, basket, and buttons that fail on purpose.

import { ErrorBoundary } from "@throughline/react";
import { useEffect, useReducer, useState } from "react";
import { type Product, fetchProducts, placeOrder, reasonOf } from "./api";
import { basketReducer } from "./basket";
import { BasketPanel } from "./components/BasketPanel";
import { BrokenBasket } from "./components/BrokenBasket";
import { Consent } from "./components/Consent";
import { Mishaps } from "./components/Mishaps";
import { ProductPage } from "./components/ProductPage";
import { Shelf } from "./components/Shelf";
import type { Purchase } from "./purchase";
import { useProductRoute } from "./route";

export function App() {
  const { products, failure } = useProducts();
  const [basket, change] = useReducer(basketReducer, []);
  const [isBroken, setBroken] = useState(false);
  const sku = useProductRoute();
  const add = (sku: string) => change({ type: "add", sku });
  const [voucher, setVoucher] = useState("");
  const [purchase, setPurchase] = useState<Purchase>({ state: "none" });

  async function buy() {
    setPurchase({ state: "under way" });
    try {
      setPurchase({ state: "placed", order: await placeOrder(basket, voucher.trim()) });
      change({ type: "empty" });
      setVoucher("");
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
        {sku === undefined ? (
          <Shelf products={products} failure={failure} onAdd={add} />
        ) : (
          <ProductPage key={sku} sku={sku} onAdd={add} />
        )}
        <aside className="side">
          <ErrorBoundary
            fallback={({ reset }) => <BrokenBasket onRepair={reset} />}
            tags={{ items: basket.length }}
            onReset={() => setBroken(false)}
          >
            <BasketPanel
              basket={basket}
              products={isBroken ? undefined : (products ?? [])}
              voucher={voucher}
              purchase={purchase}
              onChange={change}
              onVoucher={setVoucher}
              onBuy={buy}
            />
          </ErrorBoundary>
          <Mishaps skus={(products ?? []).map(({ sku }) => sku)} onBreakBasket={() => setBroken(true)} />
        </aside>
      </main>
      <Consent />
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
