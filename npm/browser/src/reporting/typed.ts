// Values of the page's own attributes that are no texts: how they last, and how they are written.
//
// `Client.shared` has texts alone, for copies of the package of all versions. So a value that is
// none begins with a sign there, and is taken apart when a record is made of it: see `typed` in
// crates/throughline-wire/facts.toml, whose letters stand behind the sign.

/** Begins a value that is no text, and each item of a list but the first; as a name it is that of the names that were left out. */
export const SIGN = "\x1c";

/** A value as what lasts has it; nothing for one that no attribute can have. */
export function asOwn(value: unknown): string | undefined {
  // In a fact an empty text is none.
  if (typeof value == "string") return value && value[0] != SIGN ? value : `${SIGN}s${value}`;
  if (!Array.isArray(value)) {
    const item = asItem(value);
    return item && SIGN + item;
  }
  const items = value.filter((item) => item != null);
  // All of a list have one type, and so have numbers of which some are whole.
  const isFraction = items.some((item) => letterOf(item) == "d");
  const texts = items.map((item) => (isFraction && typeof item == "number" ? `d${item}` : asItem(item))?.replaceAll(SIGN, " "));
  return texts.every((text) => text && text[0] == texts[0]![0]) ? [`${SIGN}L`, ...texts].join(SIGN) : undefined;
}

/** A value that lasts as it was given. */
export function fromOwn(value: string): string | number | bigint | boolean | (string | number | bigint | boolean)[] {
  if (value[0] != SIGN) return value;
  return value[1] == "L" ? value.split(SIGN).slice(2).map(fromItem) : fromItem(value.slice(1));
}

function fromItem(item: string): string | number | bigint | boolean {
  const text = item.slice(1);
  if (item[0] == "b") return text == "true";
  if (item[0] == "i" && !Number.isSafeInteger(+text)) return BigInt(text);
  return item[0] == "s" ? text : +text;
}

/** The field `typed` of a context, and the same as OTLP has it in JSON, for what leaves a page without an engine. */
export type Typed = string[] & { json?: string };

/** Own attributes as a context has them: texts; the others, each value behind its letter; and how many were left out. */
export function asFields(own: readonly string[]): [texts: string[], typed: Typed, dropped: number | ""] {
  const texts: string[] = [];
  const typed: Typed = [];
  const json: string[] = [];
  let dropped: number | "" = "";
  for (let at = 0; at < own.length; at += 2) {
    const name = own[at]!;
    const value = own[at + 1]!;
    if (name == SIGN) dropped = leftOut(own);
    else if (value[0] != SIGN) texts.push(name, value);
    else {
      const isList = value[1] == "L";
      const items = isList ? value.split(SIGN).slice(2) : [value.slice(1)];
      if (isList) typed.push(name, "L");
      for (const item of items) typed.push(isList ? "" : name, written(item));
      const values = items.map(asJson).join();
      json.push(`{"key":${JSON.stringify(name)},"value":${isList ? `{"arrayValue":{"values":[${values}]}}` : values}}`);
    }
  }
  typed.json = json.join();
  return [texts, typed, dropped];
}

/** How many own attributes were left out. */
export const leftOut = (own: readonly string[]): number => (own.includes(SIGN) ? own[own.indexOf(SIGN) + 1]!.split(SIGN).length : 0);

/** A value that lasts, as text for people and for headers. */
export const asText = (value: string): string => (value[0] != SIGN ? value : value.slice(1).split(SIGN).map((item) => item.slice(1)).filter((item, at) => at || item).join());

const letterOf = (value: unknown): string | undefined =>
  typeof value == "number"
    ? Number.isSafeInteger(value)
      ? "i"
      : "d"
    : typeof value == "bigint"
      ? // More than 64 bits are in no attribute but a text.
        BigInt.asIntN(64, value) == value
        ? "i"
        : "s"
      : ({ boolean: "b", string: "s" } as Record<string, string>)[typeof value];

const asItem = (value: unknown): string | undefined => {
  const letter = letterOf(value);
  return letter && letter + String(value);
};

/** A letter and its value as an `AnyValue`: https://protobuf.dev/programming-guides/json/ */
function asJson(item: string): string {
  const text = item.slice(1);
  const isBare = item[0] == "b" || (item[0] == "d" && Number.isFinite(+text));
  return `{"${TYPES[item[0]!]}Value":${isBare ? text : JSON.stringify(text)}}`;
}

const TYPES: Record<string, string> = { i: "int", d: "double", b: "bool", s: "string" };

/** A letter and its value as they are written: numbers by their bits, for which a reader needs no parser. */
function written(item: string): string {
  const [letter, text] = [item[0]!, item.slice(1)];
  if (letter != "i" && letter != "d") return item;
  const view = new DataView(new ArrayBuffer(8));
  if (letter == "i") view.setBigInt64(0, BigInt(text));
  else view.setFloat64(0, +text);
  return letter + view.getBigUint64(0).toString(16);
}
