"use client";
// The basket, which can break.

import { useState } from "react";

export function Basket() {
  const [isBroken, breakIt] = useState(false);
  if (isBroken) throw new RangeError("no basket");
  return <button id="break" onClick={() => breakIt(true)}>Break</button>;
}
