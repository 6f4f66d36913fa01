// The list of products.

import type { Product } from "../api";
import { euros } from "../money";
import { Drawing } from "./Drawing";
import { RouteLink } from "./RouteLink";

interface ShelfProps {
  /** Undefined until the shop has responded. */
  products: Product[] | undefined;
  failure: string | undefined;
  onAdd: (sku: string) => void;
}

export function Shelf({ products, failure, onAdd }: ShelfProps) {
  return (
    <section className="shelf" aria-labelledby="shelf-heading" aria-busy={!products && !failure}>
      <h2 id="shelf-heading">Products</h2>
      {failure !== undefined && (
        <p role="alert" className="notice failed">
          The shop does not respond: {failure}
        </p>
      )}
      <ul className="cards">
        {products?.map((product) => (
          <Card key={product.sku} product={product} onAdd={onAdd} />
        )) ?? PLACES.map((place) => <li key={place} className="card empty" aria-hidden />)}
      </ul>
    </section>
  );
}

function Card({ product, onAdd }: { product: Product; onAdd: (sku: string) => void }) {
  return (
    <li className="card">
      <Drawing sku={product.sku} />
      <h3>
        <RouteLink to={`/products/${product.sku}`}>{product.name}</RouteLink>
      </h3>
      <p>{product.description}</p>
      <div className="row">
        <strong>{euros(product.priceCents)}</strong>
        <button
          type="button"
          aria-label={`Add ${product.name} to the basket`}
          onClick={() => onAdd(product.sku)}
        >
          Add
        </button>
      </div>
    </li>
  );
}

/** Placeholders, one per product, so that the layout does not move when they load. */
const PLACES = [1, 2, 3, 4, 5, 6];
