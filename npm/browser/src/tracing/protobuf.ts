// Writes what is no text in a span or log record as protobuf, in hexadecimal digits.
//
// https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto

/** A field whose value is a whole number of up to 64 bits. */
export const integer = (field: number, value: number | bigint): string => varint(field << 3) + varint(value);

/** A field whose value is a message or bytes, in hexadecimal digits. */
export const message = (field: number, content: string): string => varint((field << 3) | 2) + varint(content.length / 2) + content;

/** A field whose value is a text. What follows a sign of a secret in it is redacted: the engine redacts in texts alone. */
export const text = (field: number, value: string): string =>
  message(field, hex(new TextEncoder().encode(value.replace(/(\/\/)[^\s/@]*(@)|(=|%3D)[^\s&"']+/gi, "$1$3REDACTED$2"))));

/** A field whose value is a `KeyValue`. Throws for a value that cannot be sent. */
export const attribute = (field: number, key: string, value: unknown, depth = 0): string =>
  message(field, text(1, key) + message(2, anyValue(value, depth)));

/** A field whose value is a `KeyValue` with a float, which a whole number of ms is too. */
export const float = (field: number, key: string, value: number): string => message(field, text(1, key) + message(2, `21${double(value)}`));

/** An `AnyValue`: what is neither a list nor a plain object is sent as its text. */
export function anyValue(value: unknown, depth = 0): string {
  // An object that contains itself has no end.
  if (depth > DEEPEST) throw new RangeError();
  if (value == null) return "";
  if (typeof value == "boolean") return integer(2, +value);
  if (typeof value == "bigint" && BigInt.asIntN(64, value) == value) return integer(3, value);
  if (typeof value == "number") return Number.isSafeInteger(value) ? integer(3, value) : `21${double(value)}`;
  if (value instanceof Uint8Array) return message(7, hex(value));
  if (Array.isArray(value)) return message(5, [...value.slice(0, MOST)].map((item) => message(1, anyValue(item, depth + 1))).join(""));
  if (PLAIN.has(Object.getPrototypeOf(Object(value))))
    return message(6, Object.entries(value).slice(0, MOST).map(([key, item]) => attribute(1, key, item, depth + 1)).join(""));
  return text(1, String(value).slice(0, LONGEST));
}

function varint(value: number | bigint): string {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return hex([...bytes, Number(rest)]);
}

/** A double, little-endian. */
export function double(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return hex(new Uint8Array(view.buffer));
}

/** Bytes as hexadecimal digits. */
export const hex = (bytes: Iterable<number>): string => [...bytes].map((byte) => (byte + 256).toString(16).slice(1)).join("");

/** Prototypes of objects that are sent as lists of their members. */
const PLAIN: ReadonlySet<unknown> = new Set([Object.prototype, null]);
const DEEPEST = 8;
/** Items of a list. */
const MOST = 1000;
/** UTF-16 code units of a text. */
export const LONGEST = 4096;
