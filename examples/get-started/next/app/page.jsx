"use client";

export default function Page() {
  return <button onClick={() => fetch("/prices.json")}>Prices</button>;
}
