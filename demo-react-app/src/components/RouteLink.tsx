// A link to another route of the page.

import type { ReactNode } from "react";
import { navigate } from "../route";

interface RouteLinkProps {
  to: string;
  children: ReactNode;
}

export function RouteLink({ to, children }: RouteLinkProps) {
  return (
    <a
      href={to}
      onClick={(event) => {
        // A new tab is the browser's own.
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        navigate(to);
      }}
    >
      {children}
    </a>
  );
}
