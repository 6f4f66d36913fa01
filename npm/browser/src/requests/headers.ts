// Headers that are recorded: those that the page lists, but for secrets.

import { hex, message } from "../tracing/protobuf.js";

/** The names in lower case, without those of secrets. */
export function allowed(names: readonly string[] | undefined): string[] {
  const all = [...(names ?? [])].map((name) => String(name).toLowerCase());
  if (DEVELOPMENT)
    for (const name of all) if (SECRET.test(name)) console.warn(`[throughline] the header ${name} may hold a secret and is not recorded.`);
  return all.filter((name) => !SECRET.test(name));
}

/** Attributes of a span in protobuf: each header a list of texts. */
export const written = (prefix: string, names: readonly string[], header: (name: string) => string | null | undefined): string =>
  names
    .map((name) => {
      const value = header(name);
      return value == null ? "" : message(ATTRIBUTES, plain(1, `${prefix}.${name}`) + message(2, message(LIST, message(1, plain(1, redacted(value))))));
    })
    .join("");

const plain = (field: number, text: string): string => message(field, hex(new TextEncoder().encode(text)));

/** Without what an address may have of secrets. */
const redacted = (value: string): string =>
  value.slice(0, LONGEST).replace(/(\/\/)[^\s/@]*@/g, "$1REDACTED@").replace(/(?<=[/?#][^\s]*[?&#][\w.%[\]-]*=)[^&#\s]*/g, "REDACTED");

/** Names of what proves who somebody is. */
const SECRET = /authori[sz]ation|cookie|token|secret|passw|credential|session|csrf|xsrf|signature|api-?key|x-auth|^x-amz-security/;
/** UTF-16 code units of a value. */
const LONGEST = 500;
/** Numbers of fields: of a span, and of an `AnyValue` that is a list. */
const ATTRIBUTES = 9;
const LIST = 5;
