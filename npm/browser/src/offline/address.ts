// The address that the client sends to, as its options say.

import { ofDocument } from "../core/platform.js";
import type { Options } from "../options.js";

/** The address of a path of the receiver, with the key: as `core/endpoint.ts` makes it. */
export function addressOf({ endpoint, key }: Options, path: string): string {
  const { origin, pathname } = new URL(endpoint, ofDocument("baseURI"));
  return `${origin}${pathname.replace(/\/$/, "")}/v1/${path}${key ? `?key=${encodeURIComponent(key)}` : ""}`;
}
