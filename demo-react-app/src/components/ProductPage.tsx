// The page of one product, which asks for its price again.

import { useEffect, useState } from "react";
import { fetchProducts, type Product, reasonOf } from "../api";
import { euros } from "../money";
import { Drawing } from "./Drawing";
import { RouteLink } from "./RouteLink";

interface ProductPageProps {
  sku: string;
  onAdd: (sku: string) => void;
}

export function ProductPage({ sku, onAdd }: ProductPageProps) {
  const [product, setProduct] = useState<Product>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let wanted = true;
    fetchProducts().then(
      (products) => wanted && setProduct(products.find((one) => one.sku === sku)),
      (error: unknown) => wanted && setFailure(reasonOf(error)),
    );
    return () => {
      wanted = false;
    };
  }, [sku]);

  return (
    <section className="shelf" aria-labelledby="product-heading" aria-busy={!product && !failure}>
      <RouteLink to="/">← All products</RouteLink>
      <h2 id="product-heading">{product?.name ?? sku}</h2>
      {failure !== undefined && (
        <p role="alert" className="notice failed">
          The shop does not respond: {failure}
        </p>
      )}
      <div className="card">
        <Drawing sku={sku} />
        <p>{product?.description ?? "One moment …"}</p>
        <div className="row">
          <strong>{product && euros(product.priceCents)}</strong>
          <button type="button" aria-label={`Add ${product?.name ?? sku} to the basket`} onClick={() => onAdd(sku)}>
            Add
          </button>
        </div>
      </div>
    </section>
  );
}
