// The attributes of a span or log record: texts, and what is no text in protobuf.

import { leftOut } from "../reporting/typed.js";
import { attribute, integer, LONGEST } from "./protobuf.js";

/** Two fields of a fact: texts are names, each with its value. */
export type Written = readonly [texts: readonly string[], rest: string];

/** The attributes of one record. A value is read when it is set: the page may change it later. */
export interface Given {
  /** Sets attributes; those without a value are removed. Throws for an object that cannot be read. */
  set(attributes: unknown): void;
  /** Removes from the page's lasting attributes those that this record has itself. */
  besides(own: readonly string[]): string[];
  /** Returns the fields, with what they hold after `rest`; what is beyond the limits is counted, and then so is what is left out of the page's lasting ones. */
  write(rest?: string, own?: readonly string[]): Written;
}

/** Makes an empty list. `field` is its number in the message; that after it is `dropped_attributes_count`. */
export function makeAttributes(field: number): Given {
  /** A text, or an attribute that is written. */
  const all = new Map<string, { text: string } | { written: string }>();
  let dropped = 0;
  return {
    set(attributes) {
      for (const name of Object.keys(attributes ?? {}))
        try {
          const value = (attributes as Record<string, unknown>)[name];
          if (OURS.includes(name)) continue;
          if (value == null) all.delete(name);
          else if (!name || name.length > LONGEST || (all.size >= MOST && !all.has(name))) dropped++;
          // An empty text in a fact is none.
          else if (typeof value == "string" && value) all.set(name, { text: value.slice(0, LONGEST) });
          else all.set(name, { written: attribute(field, name, value) });
        } catch {
          dropped++;
        }
    },
    besides: (own) => own.filter((_, at) => !all.has(own[at & ~1]!)),
    write(rest = "", own = []) {
      const texts: string[] = [];
      let room = TEXTS;
      for (const [name, one] of all) {
        const length = "text" in one ? name.length + one.text.length : 0;
        if (length > room || ("written" in one && rest.length + one.written.length > REST)) dropped++;
        else if ("written" in one) rest += one.written;
        else {
          room -= length;
          texts.push(name, one.text);
        }
      }
      return [texts, dropped ? rest + integer(field + 1, dropped + leftOut(own)) : rest];
    },
  };
}

/** Attributes that each record of a page has; they are the client's. */
const OURS = ["session.id", "browser.document.url.full"];
/** As in OpenTelemetry: https://opentelemetry.io/docs/specs/otel/common/#attribute-limits */
const MOST = 128;
/** UTF-16 code units of all texts. */
const TEXTS = 16_384;
/** Hexadecimal digits of what is no text, less the room for the count; a fact's text is cut off at 8,192. */
const REST = 8000;
