// @ts-check
// Tests what is open when telemetry ends: on `shutdown`, and when the person does not agree any more, it is recorded as it is,
// and sent.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { serveSockets } from "./sockets.mjs";
import { lost } from "./lost.mjs";
import { until } from "./until.mjs";

const visit = useChromium();
/** @type {Awaited<ReturnType<typeof serveSockets>>} */
let sockets;
before(async () => {
  sockets = await serveSockets();
});
after(() => sockets?.stop());

/** Markup that starts all that has something open, and with `sampled` holds spans back. @param {boolean} sampled */
const start = (sampled) => (/** @type {string} */ options) => `<script type="module">
  import { init } from "/dist/index.js"; import * as control from "/dist/control.js"; import { keep } from "/dist/keep.js";
  import { traceStreams } from "/dist/streams.js"; import { traceRoutes } from "/dist/routes.js"; import { traceInteractions } from "/dist/interactions.js";
  import { traceWebSockets } from "/dist/websocket.js"; import { traceUserTimings } from "/dist/user-timings.js";
  window.consent = control.initWithConsent((given) => (window.throughline = init(given)), ${options}, "granted"); window.control = control;
  ${sampled ? "keep({ ratio: 1 });" : ""}
  traceStreams({ responses: ["/api/stream"], eventSources: true }); traceRoutes(); traceInteractions(); traceWebSockets(); traceUserTimings();
  window.ready = true;</script>`;

/** Ends telemetry; then what was recorded is sent. */
const ENDS = { shutdown: "control.shutdown()", "consent that is taken back": `consent.set("denied")` };

for (const [how, end] of Object.entries(ENDS))
  for (const sampled of [false, true])
    test(`what is open is recorded and sent: ${how}${sampled ? ", with `keep`" : ""}`, () =>
      visit({ start: start(sampled), prepare: async (_, site) => site.put("/held", { body: "", held: true }), body: '<button id="buy">Buy</button>' }, async (page, site) => {
        await page.waitForFunction("window.ready && window.engineRuns");
        // A response without its end, one without its head, a socket, a stream of events.
        await page.evaluate(`fetch("/api/stream?body").then((response) => (window.response = response))`);
        await page.evaluate(`void fetch("/held")`);
        await page.evaluate(`new Promise((done) => (window.socket = new WebSocket(${JSON.stringify(sockets.url)} + "/live")).onopen = () => done())`);
        await page.evaluate(`new Promise((done) => (window.events = new EventSource("/api/stream?events")).onmessage = () => done())`);
        await page.waitForFunction("window.response");
        // A click, the route that it leads to, and a mark that the browser has not told of, in the task of the end.
        await page.evaluate((end) => {
          const buy = /** @type {HTMLElement} */ (document.querySelector("#buy"));
          buy.onclick = () => {
            history.pushState(null, "", "/orders/7");
            performance.mark("shop.bought");
            new Function(end)();
          };
        }, end);
        await page.click("#buy");
        await page.evaluate("throughline.flush()");
        for (const path of ["/api/stream?body", "/held"]) {
          const { attributes } = await site.receiver.requestSpan(path);
          assert.equal(attributes["http.response.status_code"], path.endsWith("body") ? 200 : undefined, path);
        }
        const names = ["click button#buy", "navigation /orders/{id}", "websocket /live", "eventsource /api/stream"];
        for (const name of names) await site.receiver.span((span) => span.name === name, name);
        await site.receiver.log(({ name }) => name === "throughline.user_timing.mark", "the mark");
        assert.deepEqual(lost(site), {});
        assert.deepEqual(await page.evaluate("control.diagnostics().lost"), {});
        // Nothing of what comes now.
        const before = site.receiver.spans().length;
        await page.evaluate(`socket.close(), events.close(), response.body.cancel(), fetch("/api/after"), throughline.flush()`);
        assert.equal(site.receiver.spans().length, before);
        site.release();
      }));

test("a page that hangs without consent is not reported, and its worker has nothing of it; with consent again it is", () => {
  const watched = (/** @type {string} */ options) => `<script type="module">
    import { init } from "/dist/index.js"; import { initWithConsent } from "/dist/control.js"; import { captureMessage } from "/dist/errors.js";
    import { watchHangs } from "/dist/hangs.js"; import { addBreadcrumb, collectBreadcrumbs } from "/dist/breadcrumbs.js";
    window.consent = initWithConsent((given) => (window.throughline = init(given)), ${options}, "granted");
    Object.assign(window, { addBreadcrumb, captureMessage, sent: [], asked: 0 }); collectBreadcrumbs();
    watchHangs(() => {
      const worker = new Worker("/dist/hang-worker.js", { type: "module" });
      const post = worker.postMessage;
      worker.postMessage = (message) => (sent.push(structuredClone(message)), post.call(worker, message));
      worker.addEventListener("message", ({ data: [kind] }) => { if (kind == "ping") asked++; });
      return worker;
    }, { after: 2000 });
    window.ready = true;</script>`;
  return visit({ start: watched }, async (page) => {
    await page.waitForFunction("window.ready && window.engineRuns && asked > 1 && sent.some(([kind, state]) => kind == 'state' && state[0])");
    const after = /** @type {[string, any][]} */ (
      await page.evaluate(`{ addBreadcrumb({ message: "before" }); sent = []; consent.set("denied"); addBreadcrumb({ message: "after" });
        dispatchEvent(new Event("pageshow")); captureMessage("not recorded"); document.body.click(); sent; }`)
    );
    assert.ok(after.some(([kind]) => kind === "watch") && after.every(([kind, value]) => kind !== "watch" || !value), JSON.stringify(after));
    assert.deepEqual(after.findLast(([kind]) => kind === "state"), ["state", ["", null, "", [], null]].map((one) => (Array.isArray(one) ? one.map((value) => value ?? undefined) : one)));
    // No question comes any more.
    const asked = await page.evaluate("(sent = [], asked)");
    await page.evaluate("new Promise((done) => setTimeout(done, 2500))");
    assert.deepEqual(await page.evaluate("sent.filter(([kind]) => kind != 'pong')"), []);
    assert.ok(Number(await page.evaluate("asked")) <= Number(asked) + 1);
    await page.evaluate(`consent.set("granted"), document.body.click()`);
    await until(() => page.evaluate(`sent.some(([kind, value]) => kind == "watch" && value) && sent.some(([kind, state]) => kind == "state" && state[0] && state[1]) && asked > ${Number(asked) + 1}`), "that it is watched again");
    assert.ok(await page.evaluate(`sent.every(([kind, state]) => kind != "state" || !state[4]?.includes("before"))`));
  });
});
