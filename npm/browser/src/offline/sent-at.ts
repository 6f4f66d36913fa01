// Writes into a Bundle when it is sent.
//
// An edge takes the time between sending and receiving for the difference of two clocks
// (crates/throughline-edge/src/state/clock_offset.rs): in a Bundle that has waited, the time of its first
// attempt would move the times of its records.

import type { Bytes } from "../core/post.js";

/** Returns the body of a Bundle with the present time in it, or the same body where it has none or cannot be read. */
export async function sentNow(body: Bytes, now: number): Promise<Bytes> {
  try {
    const bundle = body[0] == ZLIB ? await through(body, new DecompressionStream("deflate")) : body.slice();
    const at = positionOf(bundle);
    if (at < 0) return body;
    new DataView(bundle.buffer).setBigUint64(at, BigInt(now) * 1_000_000n, true);
    return body[0] == ZLIB ? await through(bundle, new CompressionStream("deflate")) : bundle;
  } catch {
    // A browser without these streams.
    return body;
  }
}

const through = async (body: Bytes, stream: CompressionStream | DecompressionStream): Promise<Bytes> =>
  new Uint8Array(await new Response(new Blob([body]).stream().pipeThrough(stream)).arrayBuffer());

/** Where the value of `sent_at_unix_nano` begins (crates/throughline-wire/src/bundle.rs); less than 0 where it is not. */
function positionOf(bundle: Bytes): number {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bundle[at++];
      if (byte == null) throw new Error("cut off");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < bundle.length) {
    const tag = varint();
    if (tag == SENT_AT) return at;
    // https://protobuf.dev/programming-guides/encoding/#structure
    const wire = tag & 7;
    if (wire == 0) varint();
    else if (wire == 1) at += 8;
    else if (wire == 2) {
      const length = varint();
      at += length;
    } else if (wire == 5) at += 4;
    else throw new Error("unknown wire type");
  }
  return -1;
}

/** Field 4, fixed64. */
const SENT_AT = (4 << 3) | 1;
/** The first byte of zlib with a window of 32 KiB: https://www.rfc-editor.org/rfc/rfc1950. */
const ZLIB = 0x78;
