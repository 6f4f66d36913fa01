// @ts-check
// Tests that no address which a page uses lets a secret out, whichever entry records it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { everyEntry, putOtel } from "./every-entry.mjs";
import { until } from "./until.mjs";

const visit = useChromium();

/** The page's script. Each address has a secret, and so have the texts that have an address in them. */
const APP = `
  const busy = (until) => { while (performance.now() < until); };
  function work() {
    fetch("/api/echo?password=SECRETfetch");
    const request = new XMLHttpRequest();
    request.open("GET", "/api/echo?api_key=SECRETxhr");
    request.send();
    history.pushState(null, "", "/cart?token=SECRETroute#id_token=SECRETrouteFragment");
    busy(performance.now() + 300);
    console.error("failed https://api.example/x?token=SECRETconsole");
    console.warn("failed https://api.example/x?token=SECRETwarning");
    new WebSocket(location.origin.replace("http", "ws") + "/ws?token=SECRETsocket");
    new EventSource("/events?token=SECRETevents");
    performance.mark("mark https://a.example/?token=SECRETmark", { detail: { url: "https://a.example/?token=SECRETdetail" } });
    performance.measure("measure /x?token=SECRETmeasure");
    throw new Error("cannot load https://api.example/x?token=SECRETmessage", { cause: new Error("https://user:SECRETuser@api.example/") });
  }
  addEventListener("load", () => {
    Promise.reject({ url: "https://a.example/?token=SECRETmember" });
    worker.onerror = () => (window.workerFailed = true);
    worker.postMessage("");
  });`;

test("no address that a page with every entry uses lets a secret out", () =>
  visit(
    {
      start: (options) => everyEntry(options, { streamed: "/api/stream" }).replace("</script>", "start();</script>"),
      head: '<link rel="stylesheet" href="/style.css?sig=SECRETstyle">',
      body: `<img src="/none.png?token=SECRETimage" alt=""><a id="away" href="/next?token=SECRETlink#access_token=SECRETlinkFragment">Next</a>
        <button id="buy" onclick="work()">Buy</button><iframe title="Frame" src="/frame?token=SECRETframe"></iframe>
        <form action="/order?api_key=SECRETform" onsubmit="event.preventDefault(); fetch('/api/echo?password=SECRETsubmitted')"><input name="q" aria-label="Search"></form>
        <script src="/app.js?sig=SECRETscript"></script>`,
      prepare: async (_, site) => {
        await putOtel(site);
        site.put("/app.js", { body: APP, headers: { "content-type": "text/javascript" } });
        for (const path of ["/next", "/frame"]) site.put(path, { body: "Here", headers: { "content-type": "text/html" } });
        site.put("/prices.js", { body: `onmessage = () => { throw new Error("https://x.example/?token=SECRETworker"); };` });
      },
      expected: /./,
    },
    async (page, site) => {
      await page.waitForFunction("window.throughline");
      await page.goto(`${site.origin}/?token=SECRETpage&sig=SECRETsignature#access_token=SECRETfragment`, { referer: `${site.origin}/before?token=SECRETreferrer` });
      await page.waitForFunction("window.engineRuns");
      await page.waitForFunction("window.workerFailed");
      await page.click("#buy");
      await page.fill("input", "SECRETtyped");
      await page.press("input", "Enter");
      await page.click("#away");
      await page.waitForURL("**/next*");
      const { receiver } = site;
      const all = () => JSON.stringify([receiver.spans(), receiver.logs(), receiver.facts(), receiver.metrics()], (_, value) => (typeof value == "bigint" ? String(value) : value));
      // One record of each kind, so that what is searched has them all.
      const kinds = ["documentLoad", "GET /api/{any}", "navigation /cart", "click button#buy", "key Enter textbox", "submit form", "click link#away",
        "websocket /ws", "eventsource /events", "measure /x", "throughline.user_timing.mark", "throughline.long_frame", "throughline.document_load.resources",
        "browser.web_vital", "cannot load", "api.example/x", "x.example", "{url: ", "failed https", "cart.items", "observed"];
      await until(() => kinds.every((kind) => all().includes(kind)), "one record of each kind", () => kinds.filter((kind) => !all().includes(kind)));
      assert.deepEqual([...new Set(all().match(/.{0,60}SECRET\w+/g))], []);
    },
  ));
