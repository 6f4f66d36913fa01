// The panel with the basket, the sum and the Buy button.

import type { Product } from "../api";
import { type Basket, type BasketAction, listTotalCents } from "../basket";
import { euros } from "../money";
import { type Purchase, outcome } from "../purchase";

interface BasketPanelProps {
  basket: Basket;
  /** Absent while the basket is broken on purpose. */
  products: Product[] | undefined;
  /** The code that was typed; empty when there is none. */
  voucher: string;
  purchase: Purchase;
  onChange: (action: BasketAction) => void;
  onVoucher: (code: string) => void;
  onBuy: () => void;
}

export function BasketPanel({ basket, products, voucher, purchase, onChange, onVoucher, onBuy }: BasketPanelProps) {
  if (!products) throw new TypeError("the basket has no products to look up");
  const names = new Map(products.map((product) => [product.sku, product.name]));
  const canBuy = basket.length > 0 && purchase.state !== "under way";
  return (
    <section id="basket" className="panel" aria-labelledby="basket-heading" tabIndex={-1}>
      <h2 id="basket-heading">Basket</h2>
      {basket.length === 0 && <p className="quiet">Nothing in it yet.</p>}
      <ul className="lines">
        {basket.map(({ sku, quantity }) => (
          <BasketLine
            key={sku}
            name={names.get(sku) ?? sku}
            quantity={quantity}
            onAdd={() => onChange({ type: "add", sku })}
            onRemove={() => onChange({ type: "remove", sku })}
          />
        ))}
      </ul>
      <p className="row total">
        <span>At list price</span>
        <strong>{euros(listTotalCents(basket, products))}</strong>
      </p>
      <label className="row voucher">
        <span>Voucher</span>
        <input value={voucher} placeholder="WELCOME" maxLength={20} autoComplete="off" onChange={(event) => onVoucher(event.target.value)} />
      </label>
      {/* Not `disabled`: the button would lose the keyboard focus after each purchase. */}
      <button type="button" id="buy" className="buy" aria-disabled={!canBuy} onClick={canBuy ? onBuy : undefined}>
        Buy
      </button>
      <p role="status" className="outcome" data-state={purchase.state}>
        {outcome(purchase)}
      </p>
    </section>
  );
}

interface BasketLineProps {
  name: string;
  quantity: number;
  onAdd: () => void;
  onRemove: () => void;
}

function BasketLine({ name, quantity, onAdd, onRemove }: BasketLineProps) {
  return (
    <li className="row">
      <span>{name}</span>
      <span className="stepper">
        <button type="button" aria-label={`One ${name} less`} onClick={onRemove}>
          −
        </button>
        <span>{quantity}</span>
        <button type="button" aria-label={`One ${name} more`} onClick={onAdd}>
          +
        </button>
      </span>
    </li>
  );
}
