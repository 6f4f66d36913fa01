// @ts-check
// Tests the packages in the projects of users: built from the tarballs, and visited in Chromium.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { useBrowser } from "../../browser/chromium.mjs";
import { serve } from "../../browser/site.mjs";
import { textOf } from "../../../npm/browser/bundle.mjs";
import { BUILDS } from "./builds.mjs";
import { install } from "./packed.mjs";
import { POLICY, visit } from "./visit.mjs";

/** The text of the first bytes of each WebAssembly module. */
const ENGINE = textOf(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
/** The consumers that load one script. */
const IN_ONE_FILE = ["script", "commonjs with esbuild"];
const browser = useBrowser();
/** @type {Map<string, Promise<import("./builds.mjs").Built>>} */
const builds = new Map();
before(async () => {
  await install(import.meta.dirname);
  // One after the other, while the pages of those before are visited.
  let last = Promise.resolve();
  for (const [name, build] of Object.entries(BUILDS)) {
    const built = last.then(build);
    builds.set(name, built);
    last = built.then(() => {}, () => {});
  }
});

for (const name of Object.keys(BUILDS))
  test(`${name}: an error, a request by axios and a vital arrive, and a change of the route leaves the page alone`, async () => {
    const { files, warnings } = /** @type {import("./builds.mjs").Built} */ (await builds.get(name));
    assert.deepEqual(warnings, []);
    const site = await serve();
    try {
      for (const [path, body] of files) {
        const type = path.endsWith(".html") ? { headers: { "content-security-policy": POLICY } } : {};
        site.put(path, { body, ...type });
      }
      await visit(browser(), `${site.origin}/index.html`, site, { hasReact: /vite|ssr/.test(name) });
    } finally {
      await site.stop();
    }
  });

for (const name of Object.keys(BUILDS).filter((name) => !IN_ONE_FILE.includes(name)))
  test(`${name}: the page does not wait for the engine`, async () => {
    const { files } = /** @type {import("./builds.mjs").Built} */ (await builds.get(name));
    const html = files.find(([path]) => path == "/index.html")?.[1] ?? "";
    const scripts = files.filter(([path, text]) => path.endsWith(".js") && text.includes(ENGINE));
    assert.equal(scripts.length, 1);
    assert.ok(!html.includes(scripts[0]?.[0] ?? ""), "another script loads it");
  });
