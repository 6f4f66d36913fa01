// @ts-check
// Tests what is open when telemetry ends: on `shutdown`, and when the person does not agree any more, it is recorded as it is,
// and sent.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { serveSockets } from "./sockets.mjs";
import { lost } from "./lost.mjs";

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
