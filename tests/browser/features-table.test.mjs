// @ts-check
// Tests when the table of browsers is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FEATURES } from "./features.mjs";
import { compare } from "./features-table.mjs";

const features = /** @type {import("./features.mjs").Feature[]} */ (Object.keys(FEATURES));
const findings = features.flatMap((feature) => ["Chromium", "Firefox", "WebKitGTK"].map((engine) => ({ feature, engine, has: true, test: "a test" })));

test("a table that is out of date is refused with the one that fits", () => {
  // No browser but Chromium has all.
  assert.match(String(compare(findings)), /^docs\/browsers\.md is not what.*\| yes \| yes \| yes \|  \|/s);
});

test("a feature that no test asks for in a browser is refused", () => {
  const [first, ...others] = findings;
  assert.equal(compare(others), `no test that passed in Chromium asks for the feature ${first?.feature}`);
});

test("tests that do not agree about a feature are refused", () => {
  const other = { ...findings[0], has: false, test: "another one" };
  assert.match(String(compare([...findings, /** @type {any} */ (other)])), /^in Chromium "a test" and "another one" do not agree about/);
});
