// Asks whether the visit may be recorded, and lets the person change the answer.

import { useState } from "react";
import { answer, consent } from "../telemetry";

export function Consent() {
  const [state, setState] = useState(consent.state);
  const set = (next: "granted" | "denied") => {
    answer(next);
    setState(next);
  };
  const isRecorded = state === "granted";
  return (
    <footer className="consent">
      <p role="status">{isRecorded ? "This visit is recorded: its requests, errors and speed." : "Nothing of this visit is recorded."}</p>
      <button type="button" id="consent" aria-pressed={isRecorded} onClick={() => set(isRecorded ? "denied" : "granted")}>
        {isRecorded ? "Do not record" : "Record"}
      </button>
    </footer>
  );
}
