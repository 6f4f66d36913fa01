// The first page: a server component, with an error boundary of the browser.

import { ErrorBoundary } from "@throughline/react";
import { Basket } from "./basket.jsx";
import { Shop } from "./shop.jsx";

export default function Page() {
  return (
    <Shop>
      <ErrorBoundary fallback={<p id="sorry">Sorry</p>} tags={{ part: "basket" }}>
        <Basket />
      </ErrorBoundary>
    </Shop>
  );
}
