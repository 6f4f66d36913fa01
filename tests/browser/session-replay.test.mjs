// @ts-check
// Tests the code of docs/session-replay.md: a recording of the page has the id of the session that its spans have.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { asModule, flush, useChromium } from "./chromium.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

test("what the code of docs/session-replay.md keeps has the session.id of the page's spans", async () => {
  const guide = await readFile(new URL("../../docs/session-replay.md", import.meta.url), "utf8");
  const [, code = ""] = /```js\nimport \{ record \} from "rrweb";\n([^]*?)```/.exec(guide) ?? [];
  assert.match(code, /record\(/);
  // A recorder that tells of clicks alone, and a store in the page.
  const recorder = `const record = ({ emit }) => addEventListener("click", () => emit({ type: 3 }));
    window.kept = []; const keep = (part) => part.events.length && window.kept.push(part);`;
  const start = (/** @type {string} */ options) => `${asModule(options)}<script type="module">${recorder}\n${code}</script>`;
  await visit({ start, body: "<button>Pay</button>" }, async (page, site) => {
    await page.waitForFunction("window.engineRuns");
    await page.click("button");
    await page.waitForFunction("window.kept.length");
    const [{ session, events }] = /** @type {any} */ (await page.evaluate("window.kept"));
    assert.deepEqual(events, [{ type: 3 }]);
    await flush(page);
    await until(() => site.receiver.spans().length > 0, "the load");
    const spans = site.receiver.spans();
    assert.match(session, /^[\da-f]{32}$/);
    assert.deepEqual(new Set(spans.map(({ attributes }) => attributes["session.id"])), new Set([session]));
  });
});
