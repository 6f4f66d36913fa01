// Random ids of traces, spans, sessions and batches.

/**
 * Random bytes as lowercase hexadecimal digits; the first is not `0`, because zeros alone
 * are no id. It calls no method of a built-in that old libraries replace, and a source of
 * randomness that a test has replaced does not make two ids equal.
 */
export function randomHex(bytes: number): string {
  const random = new Uint8Array(bytes * 2);
  try {
    crypto.getRandomValues(random);
  } catch {
    // The other source is left.
  }
  let id = "";
  for (let at = 0; at < bytes * 2; at++) id += DIGITS[((random[at]! ^ (Math.random() * 16)) & 15) || +!at]!;
  return id;
}

const DIGITS = "0123456789abcdef";
