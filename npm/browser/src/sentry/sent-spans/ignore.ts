// The spans that `ignoreSpans` refuses, and those that they take along.

import type { Attributes } from "./span-fact.js";
import { settings } from "../settings.js";

/** The value that an attribute has: a text by a part of it or an expression, another one exactly. */
export type IgnoreSpanAttributeValue = string | boolean | number | string[] | boolean[] | number[] | RegExp;

/** Spans to which all that is given applies. */
export type IgnoreSpanFilter = {
  name?: string | RegExp;
  op?: string | RegExp;
  attributes?: Record<string, IgnoreSpanAttributeValue>;
};

/** Whether `ignoreSpans` refuses a span, by one of its names. */
export function isIgnored(names: readonly string[], op: string | undefined, attributes: Readonly<Attributes>): boolean {
  const { ignoreSpans } = settings.options;
  if (!Array.isArray(ignoreSpans)) return false;
  return ignoreSpans.some((pattern) => {
    if (typeof pattern == "string" || pattern instanceof RegExp) return isOneOf(names, pattern);
    const { name, op: ofOp, attributes: values = {} } = pattern ?? {};
    const members = Object.entries(values);
    // What asks for nothing refuses nothing.
    if (!name && !ofOp && !members.length) return false;
    return (!name || isOneOf(names, name)) && (!ofOp || isOneOf(op ? [op] : [], ofOp)) && members.every(([key, value]) => isValue(attributes[key], value));
  });
}

/** Whether `ignoreTransactions` refuses the root of a trace, by one of its names. */
export const isIgnoredRoot = (names: readonly string[]): boolean => [settings.options.ignoreTransactions].flat().some((pattern) => isOneOf(names, pattern as string | RegExp));

const isOneOf = (texts: readonly string[], pattern: string | RegExp): boolean => texts.some((text) => text && isIn(text, pattern));

/** An empty text refuses nothing; the flags of an expression do not matter. */
const isIn = (text: string, pattern: unknown): boolean => (typeof pattern == "string" ? pattern != "" && text.includes(pattern) : pattern instanceof RegExp && text.search(pattern) >= 0);

function isValue(given: unknown, wanted: IgnoreSpanAttributeValue): boolean {
  if (typeof given == "string" && (typeof wanted == "string" || wanted instanceof RegExp)) return isIn(given, wanted);
  if (Array.isArray(given) && Array.isArray(wanted)) return given.length == wanted.length && given.every((item, at) => item === wanted[at]);
  return given === wanted;
}

/** Remembers the last ids of spans and traces. */
export function makeIds(most = 1000) {
  const all = new Set<string>();
  return {
    has: (id: unknown): boolean => all.has(id as string),
    delete: (id: unknown): boolean => all.delete(id as string),
    add(id: string): void {
      all.add(id);
      if (all.size > most) all.delete(all.values().next().value!);
    },
  };
}

/** Spans and traces of which nothing is sent: what is below one of them is refused too. */
export const refused = makeIds();
/** Spans that were asked for when they began, with the name that they had then. */
export const judged = makeIds();
/** Spans of other programs, which the page continues: a child of one is a root here. */
export const remote = makeIds(100);
