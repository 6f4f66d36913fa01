// @ts-check
// Tests the time that a stored Bundle gets when it is sent: the zlib stream stays one, whatever is in it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { constants, deflateSync, inflateSync } from "node:zlib";
import { transformSync } from "esbuild";
import { dictionary } from "./otlp.mjs";
import { chance } from "./simulated-page.mjs";

const source = readFileSync(new URL("../../npm/browser/src/offline/sent-at.ts", import.meta.url), "utf8");
const { code } = transformSync(source, { loader: "ts" });
/** @type {{ sentNow: (body: Uint8Array, now: number) => Promise<Uint8Array | undefined> }} */
const { sentNow } = await import(`data:text/javascript,${encodeURIComponent(code)}`);

const NOW = Date.UTC(2026, 0, 1);

test("the time is behind all that was there, with and without a dictionary, wherever the last block ends", async () => {
  const random = chance(1);
  let count = 0;
  for (let size = 0; size < 200; size++)
    for (const options of [{ dictionary }, {}]) {
      const data = Buffer.from(Array.from({ length: size * 3 }, () => random() * (size % 3 ? 256 : 9)));
      const body = deflateSync(data, { ...options, strategy: size % 2 ? constants.Z_FIXED : constants.Z_DEFAULT_STRATEGY });
      const sent = await sentNow(new Uint8Array(body), NOW);
      if (!sent) continue;
      count++;
      const found = inflateSync(sent, options);
      assert.deepEqual(found.subarray(0, -9), data);
      assert.equal(found.at(-9), 0x21);
      assert.equal(found.readBigUInt64LE(found.length - 8), BigInt(NOW) * 1_000_000n);
    }
  assert.equal(count, 400);
});

test("what is no such stream has no time", async () => {
  const random = chance(2);
  for (let size = 0; size < 100; size++) {
    const noise = Uint8Array.from({ length: size }, () => random() * 256);
    assert.equal(await sentNow(noise, NOW), undefined);
  }
  const cut = new Uint8Array(deflateSync(Buffer.alloc(1000, "throughline")));
  assert.equal(await sentNow(cut.slice(0, -6), NOW), undefined);
});

test("a Bundle of metrics alone stays as it is: their times are not moved", async () => {
  const body = Uint8Array.from([0x1a, 2, 10, 0, 0x2a, 16, ...Array(16).fill(7)]);
  assert.deepEqual(await sentNow(body, NOW), body);
  assert.equal(await sentNow(body.slice(0, -1), NOW), undefined);
});
