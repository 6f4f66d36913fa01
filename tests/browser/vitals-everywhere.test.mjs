// @ts-check
// Tests in every browser which span a web vital belongs to.

import assert from "node:assert/strict";
import { everywhere } from "./engines.mjs";
import { until } from "./until.mjs";

/** @param {import("./site.mjs").Site} site @param {string} name */
const vital = async (site, name) => {
  const of = () => site.receiver.logs().filter(({ attributes }) => attributes["browser.web_vital.name"] === name);
  return until(() => of().at(-1), name, of);
};

/** A button that takes long. */
const SLOW = `<button id="slow">Slow</button><p>Text</p><script>
  let presented = 0;
  const busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end; ); };
  slow.onclick = () => busy(150);
  new PerformanceObserver((list) => (presented += list.getEntries().filter(({ interactionId }) => interactionId).length)).observe({ type: "event", durationThreshold: 40 });
</script>`;

everywhere("the INP of a click belongs to its span", { body: SLOW, needs: "interactionId" }, async (driver, site) => {
  await until(() => driver.evaluate("document.readyState == 'complete'"), "the page");
  await driver.click("#slow");
  await until(() => driver.evaluate("presented"), "the entries of the click");
  await driver.goto("about:blank");
  const inp = await vital(site, "inp");
  assert.ok(Number(inp.attributes["browser.web_vital.value"]) >= 120);
  const click = await site.receiver.span(({ name }) => name === "click button#slow", "the click");
  assert.deepEqual([inp.traceId, inp.spanId], [click.traceId, click.spanId]);
});
