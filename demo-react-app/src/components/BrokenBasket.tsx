// The panel in place of a basket that has thrown.

interface BrokenBasketProps {
  onRepair: () => void;
}

export function BrokenBasket({ onRepair }: BrokenBasketProps) {
  return (
    <section id="basket" className="panel" aria-labelledby="basket-heading" tabIndex={-1}>
      <h2 id="basket-heading">Basket</h2>
      <p role="alert">The basket could not be shown. What you put in is still there.</p>
      <button type="button" id="repair-basket" onClick={onRepair}>
        Try again
      </button>
    </section>
  );
}
