// Writes what is no text in a span or log record as protobuf, in hexadecimal digits.
//
// https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto

import type { AttributeValue } from "./options.js";

/** A field whose value is a whole number of up to 64 bits. */
export const integer = (field: number, value: number): string => varint(field << 3) + varint(value);

/** A field whose value is a message or bytes, in hexadecimal digits. */
export const message = (field: number, content: string): string => varint((field << 3) | 2) + varint(content.length / 2) + content;

/** A field whose value is a text. What follows a sign of a secret in it is redacted: the engine redacts in texts alone. */
export const text = (field: number, value: string): string =>
  message(field, hex(new TextEncoder().encode(value.replace(/(\/\/)[^\s/@]*@|(=|%3D)[^\s&"']+/gi, "$1$2REDACTED"))));

/** A field whose value is a `KeyValue`. */
export const attribute = (field: number, key: string, value: AttributeValue): string => message(field, text(1, key) + message(2, anyValue(value)));

/** An `AnyValue`. */
function anyValue(value: AttributeValue): string {
  if (typeof value == "boolean") return integer(2, +value);
  if (typeof value == "number") return Number.isSafeInteger(value) ? integer(3, value) : `21${double(value)}`;
  if (typeof value == "object") return message(5, value.map((item) => message(1, anyValue(item))).join(""));
  return text(1, String(value));
}

function varint(value: number): string {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return hex([...bytes, Number(rest)]);
}

function double(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value, true);
  return hex(new Uint8Array(view.buffer));
}

/** Bytes as hexadecimal digits. */
export const hex = (bytes: Iterable<number>): string => Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
