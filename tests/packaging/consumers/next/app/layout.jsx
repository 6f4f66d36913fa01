// The frame of every page: a server component, with an error boundary of the browser.

import { ErrorBoundary } from "@throughline/react";

export const metadata = { title: "Shop", icons: "data:," };
// A page with a nonce is rendered for each request.
export const dynamic = "force-dynamic";

/** @param {{ children: import("react").ReactNode }} properties */
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <h1>Shop</h1>
        <ErrorBoundary fallback={<p id="sorry">Sorry</p>} tags={{ part: "basket" }}>
          {children}
        </ErrorBoundary>
      </body>
    </html>
  );
}
