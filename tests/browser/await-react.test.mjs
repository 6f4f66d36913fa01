// @ts-check
// Tests `@throughline/vite-plugin` in an app with React and axios: what a click requests after awaits is its child.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { throughline } from "../../npm/vite-plugin/dist/index.js";
import { flush, useChromium } from "./chromium.mjs";
import { project } from "./react-app.mjs";

const visit = useChromium();
/** @type {import("./react-app.mjs").Project} */
let app;
before(async () => {
  app = await project(19, { axios: "axios" });
});
after(() => app?.remove());

const MAIN = `
  import { init } from "@throughline/browser";
  import { withSpan } from "@throughline/browser/spans";
  import axios from "axios";
  import { useState } from "react";
  import { createRoot } from "react-dom/client";

  window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  (async () => {
    for (let at = 0; !window.done; at++) {
      await sleep(200);
      await fetch("/api/echo?poll");
    }
  })();
  async function order(name) {
    try {
      await axios.get("/api/missing-" + name, { validateStatus: () => false });
    } catch {
      await axios.post("/api/echo?" + name, { name });
    }
  }
  function Shop() {
    const [text, setText] = useState("");
    const buy = async () => {
      await axios.get("/api/echo?first");
      setText("first");
      // Longer than an effect of the click is waited for.
      await sleep(900);
      await axios.get("/api/echo?second");
      await sleep(900);
      await withSpan("order", async () => {
        await sleep(10);
        await order("third");
      });
      const response = await fetch("/api/echo?fourth");
      setText((await response.text()) && "bought");
      window.done = true;
    };
    return <button onClick={buy}>{text || "buy"}</button>;
  }
  createRoot(document.getElementById("root")).render(<Shop />);`;

/** Builds the app, clicks, and returns the spans. @param {import("vite").PluginOption[]} plugins */
async function spansOf(plugins) {
  const files = await app.build(MAIN, plugins);
  /** @type {import("./otlp.mjs").Span[]} */
  let spans = [];
  await visit({ expected: /Failed to load/, prepare: async (_, site) => files.forEach(([path, body]) => site.put(path, { body })) }, async (page, site) => {
    await page.goto(`${site.origin}/index.html`);
    await page.waitForFunction("window.throughline && window.engineRuns");
    await page.click("button");
    await page.waitForFunction("window.done");
    assert.equal(await page.textContent("button"), "bought");
    await flush(page);
    spans = site.receiver.spans();
  });
  const named = (/** @type {string} */ name) => spans.find((span) => span.name === name && span.attributes["browser.document.url.full"].endsWith("/index.html"));
  const requests = (/** @type {string} */ path) => spans.filter(({ attributes }) => attributes["url.full"]?.endsWith(path));
  return { requests, click: named("click button"), order: named("order"), load: named("documentLoad") };
}

test("requests after awaits are children of the click or of their span, and those of others are not", async () => {
  const { requests, click, order, load } = await spansOf([throughline()]);
  for (const [path, parent] of /** @type {const} */ ([["?first", click], ["?second", click], ["/missing-third", order], ["?third", order], ["?fourth", click]])) {
    const [request] = requests(path);
    assert.deepEqual([request?.traceId, request?.parentSpanId], [click?.traceId, parent?.spanId], path);
    assert.equal(request?.attributes["throughline.parent.inferred"], undefined, path);
  }
  assert.equal(order?.parentSpanId, click?.spanId);
  assert.ok(requests("?poll").length > 5);
  for (const poll of requests("?poll")) assert.equal(poll.parentSpanId, load?.spanId);
});

test("without the plugin their parent follows from time alone, or there is none", async () => {
  const { requests, load } = await spansOf([]);
  for (const path of ["?second", "?third", "?fourth"]) {
    const { parentSpanId, attributes } = requests(path)[0] ?? { attributes: {} };
    assert.ok(!parentSpanId || parentSpanId === load?.spanId || attributes["throughline.parent.inferred"], path);
  }
});
