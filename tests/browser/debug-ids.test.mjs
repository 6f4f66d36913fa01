// @ts-check
// Tests what `@throughline/vite-plugin` puts into scripts and source maps.
//
// tests/cases/debug-ids has a script and its map, and both with their debug id; what cannot be stamped has no `stamped.js`.

import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runInThisContext } from "node:vm";
import { stamp } from "../../npm/vite-plugin/dist/sourcemaps/stamp.js";

const CASES = join(import.meta.dirname, "../cases/debug-ids");

for (const name of await readdir(CASES)) {
  const [script, map] = await Promise.all(["script.js", "map.json"].map((file) => readFile(join(CASES, name, file), "utf8")));
  const stamped = stamp(script ?? "", map ?? "", false);

  test(`debug ids: ${name}`, async () => {
    const files = ["stamped.js", "stamped.json"].map((file) => join(CASES, name, file));
    if (process.env.BLESS && stamped) await Promise.all([stamped.script, stamped.map].map((text, at) => writeFile(files[at] ?? "", text)));
    const expected = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => undefined)));
    assert.deepEqual([stamped?.script, stamped?.map], expected);
    // A build that is cached gives back what was stamped.
    if (stamped) assert.deepEqual(stamp(stamped.script, stamped.map, false), stamped);
  });
}

test("debug ids: a script is as strict as it was, and registers its id before its first statement", () => {
  const page = /** @type {{ f?: () => unknown, _throughlineDebugIds?: Record<string, string> }} */ (globalThis);
  for (const [directive, isStrict] of /** @type {const} */ ([['"use strict";', true], ["", false], ["/* 'use strict' */ 'use' + 'strict';", false]])) {
    delete page._throughlineDebugIds;
    let registered;
    page.f = () => void (registered = { ...page._throughlineDebugIds });
    const stamped = stamp(`${directive}\nf(); (function () { return this === undefined })()`, '{"version":3,"sources":[],"mappings":""}', true);
    assert.equal(runInThisContext(stamped?.script ?? "", { filename: "https://shop.example/a.js" }), isStrict, directive);
    assert.deepEqual(Object.values(registered ?? {}), [stamped?.debugId]);
    assert.match(Object.keys(registered ?? {})[0] ?? "", /^Error\n +at https:\/\/shop\.example\/a\.js:1:\d+/);
  }
});

test("debug ids: a script without the comment of its map still has its id", () => {
  const stamped = stamp("f();\n//# sourceMappingURL=a.js.map\n", '{"version":3,"sources":[],"mappings":""}', true);
  assert.ok(!stamped?.script.includes("sourceMappingURL"));
  assert.ok(stamped?.script.endsWith(`//# debugId=${stamped.debugId}\n`));
});
