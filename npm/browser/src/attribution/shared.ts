// What the page's client shares, whichever copy of the package or the script has made it.

import type { Client } from "../client.js";
import type { Shared } from "../context/record.js";

/** Nothing on a server, before `init`, and with a client of an earlier version that shares nothing. */
export const sharedOfPage = (): Shared | undefined =>
  (globalThis as { [KEY]?: Client })[KEY]?.shared;

const KEY = Symbol.for("throughline");

/** The places of the vitals signal, of attribution, and of the last soft navigation. */
export const VITALS = 8;
export const ATTRIBUTION = 9;
export const SOFT_NAVIGATION = 10;
