// Describes a thrown value as text.

/**
 * Returns type, message and stack of a thrown value, then those of its causes. Any value can
 * be thrown: each property is read by itself, the value is not changed, and the work is
 * limited by what is kept.
 */
export function describe(thrown: unknown): string[] {
  const fields: string[] = [];
  // A chain of more than five is a loop.
  while (thrown != null && fields.length < 15) {
    const [name, message, stack, cause, error] = "name message stack cause error".split(" ").map((key) => read(thrown, key));
    const text = summary(message ?? thrown);
    fields.push(
      // An error of another realm is no `instanceof Error`, but has the same properties.
      ((message ?? stack) != null && asText(name)) || className(thrown),
      text,
      // V8 begins a stack with the message: a long one would leave no room for the frames.
      asText(stack).replace(text.length > LONG ? text : "", ""),
    );
    // An `ErrorEvent` is about an error.
    thrown = cause ?? (isObject(error) ? error : null);
  }
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

/** A property of a value; nothing when it cannot be read. */
function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Properties of events, responses, elements and errors that are not their own; `a.b` is one of a part. */
const IDENTIFYING = "name message type status url target.localName target.src localName id className src length";
/** Characters of a message beside which every frame has room. */
const LONG = 1000;
