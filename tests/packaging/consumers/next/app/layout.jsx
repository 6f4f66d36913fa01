// The frame of every page.

import { TraceRoutes } from "@throughline/react/next";

export const metadata = { title: "Shop", icons: "data:," };
// A page with a nonce is rendered for each request.
export const dynamic = "force-dynamic";

/** @param {{ children: import("react").ReactNode }} properties */
export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <TraceRoutes />
        {children}
      </body>
    </html>
  );
}
