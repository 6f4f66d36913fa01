// Bytes as pieces that a value of a Durable Object's storage can have, and numbers as its keys.

/** The pieces of bytes: a value may have 2 MB. */
export function pieces(bytes) {
  const all = [];
  for (let at = 0; at === 0 || at < bytes.length; at += PIECE_BYTES) all.push(bytes.slice(at, at + PIECE_BYTES));
  return all;
}

export function joined(list) {
  const all = new Uint8Array(list.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of list) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** A number whose text sorts as it does. */
export function number(value) {
  return String(value).padStart(16, "0");
}

const PIECE_BYTES = 1 << 20;
