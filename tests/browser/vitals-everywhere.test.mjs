// @ts-check
// Tests in every browser which span a web vital belongs to, and the return from the back/forward cache.

import assert from "node:assert/strict";
import { putPage } from "./chromium.mjs";
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

const RETURN = `<h1>Shop</h1><script>addEventListener("pageshow", ({ persisted }) => {
  if (persisted) fetch("/api/echo?again").then(() => fetch("/api/echo?next")).then(() => (window.restored = true));
})</script>`;

everywhere("what a page requests after a return from the back/forward cache is in the trace of the return", { body: RETURN }, async (driver, site, engine) => {
  // The Chromium of these tests has no such cache: vitals.test.mjs.
  if (engine === "Chromium") return;
  putPage(site, "/other", { start: () => "" });
  // Loads what the return is recorded with, and sends all there is: Firefox keeps no page with a request under way.
  await until(() => driver.evaluate("document.readyState == 'complete'"), "the page");
  await driver.evaluate("throughline.flush()");
  await driver.evaluate(`(() => { for (const state of ["hidden", "visible"]) {
    Object.defineProperty(Document.prototype, "visibilityState", { get: () => state, configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  } })()`);
  await driver.evaluate("throughline.flush()");
  await driver.goto(`${site.origin}/other`);
  await driver.evaluate("(setTimeout(() => history.back()), 1)");
  await until(() => driver.evaluate("!!window.restored").catch(() => false), "the return");
  await driver.evaluate("throughline.flush()");
  await driver.goto("about:blank");
  const back = await site.receiver.span(({ name }) => name === "documentRestore", "the return");
  const load = await site.receiver.span(({ name }) => name === "documentLoad", "the load");
  assert.notEqual(back.traceId, load.traceId);
  assert.equal(back.attributes["browser.document.url.full"], `${site.origin}/`);
  for (const which of ["?again", "?next"]) {
    const { traceId, parentSpanId } = await site.receiver.requestSpan(which);
    assert.deepEqual([traceId, parentSpanId], [back.traceId, back.spanId], which);
  }
  const ttfb = await until(() => site.receiver.logs().find(({ attributes }) => attributes["browser.web_vital.navigation_type"] === "back-forward-cache"), "a vital of the visit");
  assert.deepEqual([ttfb.traceId, ttfb.spanId], [back.traceId, back.spanId]);
});
