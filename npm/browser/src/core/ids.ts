// Random ids of traces, spans, sessions and batches.

/**
 * Random lowercase hexadecimal digits; the first is not `0`, because zeros alone
 * are no id. It calls no method of a built-in that old libraries replace, and a source of
 * randomness that a test has replaced does not make two ids equal.
 */
export function randomHex(digits: number): string {
  const random = new Uint8Array(digits);
  try {
    crypto.getRandomValues(random);
  } catch {
    // The other source is left.
  }
  let id = "";
  for (const one of random) id += (((one ^ (Math.random() * 16)) & 15) || +!id).toString(16);
  return id;
}
