// @ts-check
// Tests hostile pages in Chromium.

import { test } from "node:test";
import { HOSTILE_STARTS, playHostilePage } from "./hostile-pages.mjs";
import { useBrowser } from "./chromium.mjs";
import assert from "node:assert/strict";

const browser = useBrowser();

for (const [name, hostile, kind, start] of HOSTILE_STARTS)
  test(`as ${kind}, in a page that ${name}`, async () => {
      const context = await browser().newContext();
      /** @type {string[]} */
      const printed = [];
      try {
        await playHostilePage(hostile, start, async (address) => {
          const page = await context.newPage();
          page.on("console", (message) => {
            if (["error", "warning"].includes(message.type())) printed.push(message.text());
          });
          await page.goto(address);
        });
        assert.deepEqual(printed, [], "the console is empty");
      } finally {
        await context.close();
      }
    });
