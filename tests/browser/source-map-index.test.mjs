// @ts-check
// The module of @throughline/vite-plugin that makes indexes of source maps.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createIndex } from "../../npm/vite-plugin/dist/sourcemaps/create-index.js";

/** A file of the case. @param {string} name */
const file = (name) => readFileSync(new URL(`../cases/functions/minified-by-esbuild/${name}`, import.meta.url));

test("makes an index of a map and its script, with the functions of the script", () => {
  const made = createIndex(file("shop.min.js.map"), file("shop.min.js"));
  assert.match(made.debugId, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Buffer.from(made.index.subarray(0, 4)).toString(), "TLSM");
  assert.equal(Buffer.from(made.index.subarray(8, 24)).toString("hex"), made.debugId.replaceAll("-", ""));
  const { functions, sources, sourcesWithContent, withoutFunctions } = made.summary;
  assert.deepEqual({ sources, sourcesWithContent, withoutFunctions }, { sources: 1, sourcesWithContent: 1, withoutFunctions: null });
  assert.ok(functions > 12, `${functions} functions`);
  // The same bytes from the same files.
  assert.deepEqual(createIndex(file("shop.min.js.map"), file("shop.min.js")), made);
});

test("says what is wrong with a map", () => {
  assert.throws(() => createIndex(Buffer.from('{"version":3,"sources":[]}')), /`mappings` is missing/);
});

test("makes an index without functions of a script that cannot be parsed, or is nested deeper than the stack", () => {
  const map = Buffer.from('{"version":3,"sources":["a.ts"],"mappings":"AAAA"}');
  /** @param {string=} script */
  const reason = (script) => String(createIndex(map, script === undefined ? script : Buffer.from(script)).summary.withoutFunctions);
  assert.equal(reason(undefined), "there is no script");
  assert.notEqual(reason("function a({"), "null");
  assert.match(reason("[".repeat(200_000) + "]".repeat(200_000)), /parser failed/);
  assert.equal(reason("function a(){}"), "null");
});
