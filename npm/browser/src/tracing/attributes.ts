// The attributes of a span or log record: texts, and what is no text in protobuf.

import type { Attributes } from "./options.js";
import { attribute, integer } from "./protobuf.js";

/** Two fields of a fact: texts are names, each with its value. */
export type Written = readonly [texts: readonly string[], rest: string];

/**
 * Writes attributes, after `rest`, whose number in the message is `field`. What is beyond the
 * limits is left out, and its number is in the field after it, `dropped_attributes_count`.
 */
export function write(attributes: ReadonlyMap<string, unknown>, field: number, rest = ""): Written {
  const texts: string[] = [];
  let room = TEXTS;
  let dropped = 0;
  for (const [name, value] of attributes)
    try {
      const written = typeof value == "string" ? "" : attribute(field, name, value as never);
      const length = typeof value == "string" ? name.length + value.length : 0;
      if (texts.length > MOST || length > room || rest.length + written.length > REST) dropped++;
      else if (written) rest += written;
      else {
        room -= length;
        texts.push(name, value as string);
      }
    } catch {
      dropped++;
    }
  return [texts, dropped ? rest + integer(field + 1, dropped) : rest];
}

/** Sets attributes in a map; those without a value are removed. */
export function set(all: Map<string, unknown>, attributes: Attributes | null | undefined): void {
  for (const name of Object.keys(attributes ?? {})) {
    const value = attributes?.[name];
    if (value == null) all.delete(name);
    else all.set(name, typeof value == "string" ? value.slice(0, LONGEST) : Array.isArray(value) ? value.slice(0, LONGEST) : value);
  }
}

/** Names and values: 128 attributes, as in OpenTelemetry: https://opentelemetry.io/docs/specs/otel/common/#attribute-limits */
const MOST = 255;
/** UTF-16 code units of a text, and of all texts. */
const LONGEST = 4096;
const TEXTS = 16_384;
/** Hexadecimal digits of what is no text, less the room for the count; a fact's text is cut off at 8,192. */
const REST = 8000;
