// Finds the template of an address: by what the page says, else by a guess.

/**
 * Templates of addresses: patterns such as `/orders/{id}`, of which the first that fits counts, or a function
 * that returns the template, and nothing where it knows none. `{name}` is one segment, and `{name*}`
 * as the last one all that are left. A pattern that begins with an origin is for that origin alone.
 */
export type Templates = readonly string[] | ((url: URL) => string | null | undefined);

/** Returns the function that finds templates; nothing is guessed with `guess: false`. */
export function templatesOf(templates: Templates | undefined, guess = true): (url: URL) => string {
  const patterns = typeof templates == "function" ? [] : [...(templates ?? [])].map((text) => [text, expressionOf(text)] as const);
  return (url) => {
    let found: string | null | undefined;
    try {
      found = typeof templates == "function" ? templates(url) : patterns.find(([, form]) => form.test(url.origin + pathOf(url)))?.[0];
    } catch {
      // A function of the page's that fails knows none.
    }
    return String(found ?? (guess ? guessOf(pathOf(url)) : "")).slice(0, LONGEST);
  };
}

/** The path, with that of a router in the fragment (`#/orders`). */
export const pathOf = ({ pathname, hash }: URL): string => pathname + (/^#!?\//.test(hash) ? hash.split("?")[0]! : "");

/** The path with `{id}` in the place of each segment that looks like the id of something. */
export const guessOf = (path: string): string =>
  path
    .split("/", SEGMENTS)
    .map((segment) => (isId(segment) ? "{id}" : segment))
    .join("/");

/** A pattern as a regular expression for origin and path; the slash at the end does not matter. */
function expressionOf(pattern: string): RegExp {
  const [, origin = "", path = ""] = /^(\w+:\/\/[^/]*)?(.*?)\/?$/.exec(pattern)!;
  const form = path.split(/(\{[^/{}]*\})/).map((part, at) => (at & 1 ? (part.endsWith("*}") ? ".*" : "[^/]+") : escape(part)));
  return new RegExp(`^${origin ? escape(origin) : "\\w+://[^/]*"}${form.join("")}/?$`);
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Whether a segment looks like an id. The edge has the same rules: crates/throughline-edge/src/state/route_templates.rs */
function isId(segment: string): boolean {
  const { length } = segment;
  if (length > 48 || /[@{}%]|^~/.test(segment)) return true;
  const digits = segment.replace(/\D/g, "").length;
  return (
    digits > 0 &&
    (digits == length ||
      // UUIDs and hashes.
      (length >= 8 && /^[\da-f-]+$/i.test(segment)) ||
      // Tokens such as ULIDs.
      (length >= 16 && digits >= 2 && /^\w+$/.test(segment)) ||
      // order-1742
      /[-_:.]\d{2,}$/.test(segment) ||
      // main.3f2a1b9c.js
      (/\./.test(segment) && segment.split(".").some((part) => /^(?=\D*\d)[\da-f]{8,}$/i.test(part))))
  );
}

/** Characters of a template, and segments of a guess. */
const LONGEST = 500;
const SEGMENTS = 17;
