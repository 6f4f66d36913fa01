// Adds the present time to a Bundle that is sent later than it was made.
//
// An edge takes the time between sending and receiving for the difference of two clocks
// (crates/throughline-edge/src/state/clock_offset.rs): with the time of its first attempt a Bundle that has waited
// would have its records' times moved. Of two fields the last one counts, so a second one is put behind
// the rest: behind the last block of the zlib stream, whose preset dictionary the page does not need for that.

import type { Bytes } from "../core/post.js";

/** Returns the body of a Bundle with the present time, ms; nothing where the browser, or the body, is no help. One of metrics is not compressed, and stays without a time. */
export async function sentNow(body: Bytes, now: number): Promise<Bytes | undefined> {
  if (body[0] == METRICS && body.at(-18) == BATCH_ID && body.at(-17) == 16) return body;
  try {
    // https://www.rfc-editor.org/rfc/rfc1950: CMF and FLG, the id of a dictionary where FLG says so, Adler-32.
    const head = body[1]! & 0x20 ? 6 : 2;
    const blocks = body.slice(head, -4);
    const before = await lengthOf(blocks);
    const field = new Uint8Array(9);
    field[0] = SENT_AT;
    new DataView(field.buffer).setBigUint64(1, BigInt(now) * 1_000_000n, true);
    // https://www.rfc-editor.org/rfc/rfc1951: the first bit says that a block is the last one.
    blocks[0]! &= 0xfe;
    // The bits that fill the last byte begin the next block: three zeros are a stored one. Fewer need a byte more.
    for (const fill of [[], [0]]) {
      const all = joined(blocks, fill, stored(field.length), field, LAST_BLOCK);
      if ((await lengthOf(all).catch(() => 0)) == before + field.length) return joined(body.slice(0, head), all, adler32(body.slice(-4), field));
    }
  } catch {
    // A browser without these streams.
  }
  return undefined;
}

/** The length of what blocks decompress to, whatever the dictionary before them is. */
async function lengthOf(blocks: Bytes): Promise<number> {
  const dictionary = new Uint8Array(WINDOW);
  const all = joined([0], stored(WINDOW), dictionary, blocks);
  const stream = new Blob([all]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return (await new Response(stream).arrayBuffer()).byteLength - WINDOW;
}

/** The length of a stored block and its complement. */
const stored = (length: number): number[] => [length & 255, length >> 8, ~length & 255, (~length >> 8) & 255];

/** The checksum (RFC 1950) of data and more, from that of the data. */
function adler32(of: Bytes, more: Bytes): number[] {
  let [high, low] = [of[0]! * 256 + of[1]!, of[2]! * 256 + of[3]!];
  for (const byte of more) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  return [high >> 8, high & 255, low >> 8, low & 255];
}

function joined(...parts: ArrayLike<number>[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The tags of fields 3 and 5, bytes: the Bundle of `opentelemetry/metrics` has no others. */
const METRICS = (3 << 3) | 2;
const BATCH_ID = (5 << 3) | 2;
/** The tag of `sent_at_unix_nano`: field 4, fixed64 (crates/throughline-wire/src/bundle.rs). */
const SENT_AT = (4 << 3) | 1;
/** A stored block that is empty, and the last one. */
const LAST_BLOCK = [1, 0, 0, 255, 255];
/** The farthest that a block refers back, bytes. */
const WINDOW = 32_768;
