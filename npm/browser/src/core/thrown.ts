// Describes a thrown value as text.

import { TEXT_LIMIT } from "../generated/facts.js";

/**
 * Describes a thrown value, then what is behind it: its causes and the members of its `errors`, each followed by what is
 * behind that. Returns where each was found, `0c` is `errors[0].cause`, then type, message and stack of each. Any
 * value can be thrown: each property is read by itself, the value is not changed, and the work is limited by what is kept.
 */
export function describe(thrown: unknown): readonly [paths: string[], ...fields: string[]] {
  const paths: string[] = [];
  const fields: [string[], ...string[]] = [paths];
  const add = (path: string, value: unknown): void => {
    // More than ten are seldom read, or a loop.
    if (value == null || fields.length > 30) return;
    const [errors, error, cause, name, message, stack] = "errors error cause name message stack".split(" ").map((key) => read(value, key));
    const text = summary(message ?? value);
    fields.push(
      // An error of another realm is no `instanceof Error`, but has the same properties.
      ((message ?? stack) != null && asText(name)) || className(value),
      text,
      // V8 begins a stack with the message: a long one would leave no room for the frames. All stacks together leave
      // room for the exception in what may outlive the page.
      asText(stack).replace(text.length > LONG ? text : "", "").slice(0, TEXT_LIMIT / (path.length + 1)),
    );
    paths.push(path);
    // An `ErrorEvent` is about an error.
    add(`${path}c`, cause ?? (isObject(error) ? error : null));
    for (const at of "01234567") add(path + at, read(errors, at));
  };
  add("", thrown);
  return fields;
}

/** A value as text: an object by its own properties and what else identifies it. */
function summary(value: unknown): string {
  if (!isObject(value)) return String(value);
  const keys = IDENTIFYING.split(" ");
  try {
    keys.push(...("length" in value ? "0123456789" : Object.keys(value).slice(0, 20)));
  } catch {
    // Not even its keys can be read.
  }
  let text = "";
  for (const key of new Set(keys)) {
    const part = read(value, key) ?? key.split(".").reduce(read, value);
    if (part != null && part !== "") text += `${text && ", "}${key}: ${isObject(part) ? className(part) : String(part).slice(0, 100)}`;
  }
  return `{${text}}`;
}

/** The name of an object's class; `typeof` other values and plain objects. */
function className(value: unknown): string {
  const name = typeof value == "object" && asText("constructor.name".split(".").reduce(read, value));
  return name && name != "Object" ? name : typeof value;
}

const asText = (value: unknown): string => (typeof value == "string" ? value : "");

/** Whether a value is an object or a function. */
export const isObject = (value: unknown): value is object => Object(value) === value;

/** A property of an object; nothing when it cannot be read. */
function read(value: unknown, key: string | number): unknown {
  try {
    return isObject(value) ? (value as Record<string | number, unknown>)[key] : undefined;
  } catch {
    return undefined;
  }
}

/** Properties of events, responses, elements and errors that are not their own; `a.b` is one of a part. */
const IDENTIFYING = "name message type status url target.localName target.src localName id className src length";
/** Characters of a message beside which every frame has room. */
const LONG = 1000;
