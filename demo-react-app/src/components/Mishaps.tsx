// The panel with buttons that fail on purpose.

import { useState } from "react";
import { fetchVoucher, reasonOf } from "../api";
import { chooseGift } from "../gift";
import { OLD_RECEIPT, reprintReceipt } from "../receipt";
import { reprintInWorker } from "../worker";

interface MishapsProps {
  skus: readonly string[];
  onBreakBasket: () => void;
}

export function Mishaps({ skus, onBreakBasket }: MishapsProps) {
  const [outcome, setOutcome] = useState("");

  async function redeem() {
    try {
      const voucher = await fetchVoucher("BROKEN");
      setOutcome(`${voucher.discountPercent} % off`);
    } catch (error) {
      setOutcome(`Not redeemed: ${reasonOf(error)}`);
    }
  }

  return (
    <section className="panel" aria-labelledby="mishaps-heading">
      <h2 id="mishaps-heading">Break it on purpose</h2>
      <p className="quiet">Each shows in the trace of its click, as an error or as slow.</p>
      <div className="mishaps">
        <button type="button" id="fail-in-browser" onClick={() => reprintReceipt(OLD_RECEIPT)}>
          Fail in the browser
        </button>
        <button type="button" id="fail-in-react" onClick={onBreakBasket}>
          Fail in React
        </button>
        <button type="button" id="fail-in-worker" onClick={() => reprintInWorker(OLD_RECEIPT)}>
          Fail in a worker
        </button>
        <button type="button" id="be-slow" onClick={() => setOutcome(`How about the ${chooseGift(skus)}?`)}>
          Be slow
        </button>
        <button type="button" id="fail-in-python" onClick={redeem}>
          Fail in Python
        </button>
      </div>
      <p role="status" className="outcome">
        {outcome}
      </p>
    </section>
  );
}
