// Reads what a fact has in protobuf and hexadecimal digits: `tracing/protobuf.ts` writes it.
//
// https://protobuf.dev/programming-guides/encoding/

/** A field of a message. */
export interface Field {
  readonly number: number;
  /** A whole number, or the digits of what is none. */
  readonly value: bigint | string;
  /** All of it as it is written. */
  readonly written: string;
}

/** The fields of a message. Throws for what is none. */
export function fieldsIn(digits: string): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const bytes = (count: number): string => {
    const read = digits.slice(at, (at += 2 * count));
    if (read.length < 2 * count) throw new RangeError();
    return read;
  };
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(`0x${bytes(1)}`);
      value |= (byte & 127n) << shift;
      if (byte < 128n) return value;
    }
  };
  while (at < digits.length) {
    const start = at;
    const tag = Number(varint());
    const type = tag & 7;
    const value = type == 0 ? varint() : bytes(type == 1 ? 8 : type == 5 ? 4 : Number(varint()));
    fields.push({ number: tag >> 3, value, written: digits.slice(start, at) });
  }
  return fields;
}

/** A `KeyValue`. */
export function attributeIn(message: string): readonly [name: string, value: unknown] {
  let name = "";
  let value: unknown;
  for (const field of fieldsIn(message)) {
    if (field.number == 1) name = textIn(field.value as string);
    if (field.number == 2) value = valueIn(field.value as string);
  }
  return [name, value];
}

/** An `AnyValue` as a value of the language. */
function valueIn(message: string): unknown {
  const [field] = fieldsIn(message);
  if (!field) return undefined;
  const { number, value } = field;
  const content = value as string;
  switch (number) {
    case 1:
      return textIn(content);
    case 2:
      return value != 0n;
    case 3: {
      const whole = BigInt.asIntN(64, value as bigint);
      return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
    }
    case 4:
      return new DataView(bytesIn(content).buffer).getFloat64(0, true);
    case 5:
      return fieldsIn(content).map(({ value }) => valueIn(value as string));
    case 6:
      return Object.fromEntries(fieldsIn(content).map(({ value }) => attributeIn(value as string)));
    default:
      return bytesIn(content);
  }
}

/** UTF-8 as text. */
export const textIn = (digits: string): string => new TextDecoder().decode(bytesIn(digits));

const bytesIn = (digits: string): Uint8Array<ArrayBuffer> => Uint8Array.from(digits.match(/../g) ?? [], (byte) => parseInt(byte, 16));
