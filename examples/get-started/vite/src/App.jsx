export default function App() {
  return <button onClick={() => fetch("/prices.json")}>Prices</button>;
}
