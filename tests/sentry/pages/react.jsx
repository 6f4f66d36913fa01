// @ts-check
// A page with @sentry/react, as it is in its registry: a component that throws in a boundary.

import * as Sentry from "@sentry/react";
import { useState } from "react";
import { createRoot } from "react-dom/client";

Sentry.init({
  dsn: new URLSearchParams(location.search).get("dsn") ?? "",
  release: "shop-react@4.5.6",
  environment: "test",
  initialScope: { tags: { team: "basket" }, user: { id: "grace" } },
});

function Basket() {
  const [full, fill] = useState(false);
  if (full) throw new RangeError("the basket is full");
  return <button onClick={() => fill(true)}>Fill</button>;
}

const root = document.createElement("main");
document.body.append(root);
createRoot(root).render(
  <Sentry.ErrorBoundary fallback={<p>Sorry</p>}>
    <Basket />
  </Sentry.ErrorBoundary>,
);
