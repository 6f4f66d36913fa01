// Attributes as facts have them: names, each with its value.

/** Names, each with its text, or with its number in thousandths. */
export type Pairs = (string | number)[];

/** Makes pairs, without the texts that are empty. */
export const pairsOf = (texts: Record<string, string | undefined>, ms: Record<string, number>): Pairs => [
  ...Object.entries(texts).flatMap(([name, text]) => (text ? [name, text] : [])),
  ...Object.entries(ms).flatMap(([name, number]) => [name, thousandths(number)]),
];

/** A number in thousandths, for example ms in µs; nothing is less than 0. */
export const thousandths = (number: number): number => Math.max(0, Math.round(number * 1000));
