// Debug ids: the UUID that a script and its source map have in common.
//
// https://github.com/tc39/ecma426/blob/main/proposals/debug-id.md

import { createHash } from "node:crypto";

/** The debug id that a script names in one of its last five lines; lower case. */
export function debugIdIn(script: string): string | undefined {
  let start = script.length;
  for (let lines = 0; lines < 6 && start > 0; lines++) start = script.lastIndexOf("\n", start - 1);
  const found = [...script.slice(Math.max(0, start)).matchAll(COMMENT)].at(-1)?.[1];
  return found && asDebugId(found);
}

/** The debug id of a map; older tools wrote `debug_id`. */
export const debugIdOf = (map: { debugId?: unknown; debug_id?: unknown }): string | undefined => asDebugId(map.debugId) ?? asDebugId(map.debug_id);

/**
 * The debug id that follows from a script alone, a UUID of version 5: a build of the same sources has the same bytes.
 * The native `throughline sourcemaps upload --inject` makes the same.
 *
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-5
 */
export function debugIdFrom(script: string): string {
  const digits = createHash("sha1").update(NAMESPACE).update(script).digest("hex");
  const variant = ((parseInt(digits[16]!, 16) & 3) | 8).toString(16);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

/** A UUID in its canonical form; what is none is no debug id. */
const asDebugId = (text: unknown): string | undefined => (typeof text == "string" && UUID.test(text) ? text.toLowerCase() : undefined);

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const COMMENT = /^\/\/# debugId=([\da-f-]{36})\r?$/gim;
/** The UUID in whose namespace ids are made; crates/throughline-sourcemap makes the same. */
const NAMESPACE = Buffer.from("5f0e3c1a9d4b4f7e8a612d90b3c47718", "hex");
