// @ts-check
// Programs of tests/cases/sentry-programs send the same with `@sentry/browser`, or `@sentry/react`, as with the alias.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { noticedOfOurs, noticedOfSentry } from "./noticed.mjs";
import { ALIAS, bundled, CASES, programs, run } from "./programs.mjs";

/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

describe("a program sends the same with Sentry's package and with ours", { concurrency: 3 }, async () => {
  for (const name of await programs())
    it(name, async () => {
      const [theirs, ours] = await Promise.all([bundled(name, {}), bundled(name, ALIAS)]);
      const [given, sent] = await Promise.all([run(browser, theirs), run(browser, ours)]);
      const sentry = noticedOfSentry(given);
      const noticed = noticedOfOurs(sent);
      // Without tracing Sentry's package has no spans; ours has those of requests.
      if (!theirs.includes("tracesSampleRate: 1")) noticed.spans = noticed.spans.filter(({ name }) => !name.startsWith("request"));
      const file = join(CASES, name, "expected.json");
      if (process.env["THROUGHLINE_UPDATE"]) await writeFile(file, `${JSON.stringify(sentry, undefined, 2)}\n`);
      // What Sentry's package sends is written down, so that nothing that is sent is compared with nothing.
      assert.deepEqual(plain(sentry), JSON.parse(await readFile(file, "utf8")), "Sentry's package");
      assert.deepEqual(plain(noticed), plain(sentry), "ours");
      assert.ok(sent.keys.every((key) => key === "pk_test"));
      assert.deepEqual(sent.printed.filter((line) => line.includes("throughline")), []);
    });
});

/** @param {unknown} value */
const plain = (value) => JSON.parse(JSON.stringify(value));
