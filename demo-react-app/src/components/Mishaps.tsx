// The panel with buttons that fail on purpose.

import { useState } from "react";
import { fetchVoucher, reasonOf } from "../api";
import { OLD_RECEIPT, reprintReceipt } from "../receipt";

interface MishapsProps {
  onBreakBasket: () => void;
}

export function Mishaps({ onBreakBasket }: MishapsProps) {
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
      <p className="quiet">Each shows as an error in the trace of its click.</p>
      <div className="mishaps">
        <button type="button" id="fail-in-browser" onClick={() => reprintReceipt(OLD_RECEIPT)}>
          Fail in the browser
        </button>
        <button type="button" id="fail-in-react" onClick={onBreakBasket}>
          Fail in React
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
