// @ts-check
// Tests in every browser that records reach the receiver when the page, the network or the
// receiver fails, and that the page is not affected.

import assert from "node:assert/strict";
import { asModule, asOtlpScript, asPlainOtlp } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";
import { listen } from "./site.mjs";
import { until } from "./until.mjs";
import { lost } from "./lost.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */
/** @typedef {import("./site.mjs").Site} Site */

/** A page whose engine never comes. */
const NO_ENGINE = { start: asModule, files: { "/dist/engine.js": { body: "", held: true } } };

const unused = await listen(() => {});
await unused.stop();
const UNREACHABLE = unused.origin;

everywhere(
  "a body is a compressed Bundle, with the key in the address and needs no preflight",
  { options: (site) => ({ endpoint: `${site.allowed}/_t/`, key: "pk_a b&c" }) },
  async (driver, site) => {
    await report(driver, "first");
    await flush(driver);
    const [request] = await site.receiver.count(1);
    assert.equal(request?.method, "POST", "no preflight");
    assert.equal(request?.path, "/_t/v1/bundle");
    assert.equal(request?.query.get("key"), "pk_a b&c");
    assert.match(request?.headers["content-type"] ?? "", /^text\/plain\b/);
    assert.equal(request?.headers["cookie"], undefined);
    assert.equal(request?.body[0], 0x78, "zlib");
    const [bundle] = site.receiver.bundles();
    assert.match(bundle?.batchId ?? "", /^[0-9a-f]{32}$/);
    assert.ok(Math.abs(Date.now() - Number((bundle?.sentAt ?? 0n) / 1_000_000n)) < 60_000);
  },
);

everywhere("many records go out in few requests, each record once", {}, async (driver, site) => {
  await flush(driver);
  const before = site.receiver.requests.length;
  await driver.evaluate(`(async () => {
    for (let count = 0; count < 20; count++) {
      await fetch("/api/echo?" + count);
      throughline.captureException(new Error("one " + count));
    }
  })()`);
  const records = () =>
    site.receiver.spans().filter(({ kind }) => kind === 3).length +
    site.receiver.logs().filter(({ name }) => name === "exception").length;
  // No flush: batches are sent on time.
  await until(() => records() === 40, "40 records", records);
  assert.ok(site.receiver.requests.length - before <= 3, `${site.receiver.requests.length - before} requests`);
  await driver.goto("about:blank");
  await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
  assert.equal(records(), 40, "none twice");
});

everywhere("waiting records are sent when the page navigates away", {}, async (driver, site) => {
  await flush(driver);
  await report(driver, "last words");
  await driver.goto("about:blank");
  await site.receiver.exception("last words");
});

everywhere("a request in flight outlives the page", {}, async (driver, site) => {
  await flush(driver);
  const before = site.receiver.requests.length;
  site.receiver.answer(() => "hang");
  await report(driver, "last words");
  await driver.goto("about:blank");
  await site.receiver.count(before + 1);
  // By now the browser has ended the page's other requests.
  site.put("/next", { body: "<!doctype html><title>Next</title>" });
  for (const origin of [site.origin, site.foreign]) await driver.goto(`${origin}/next`);
  assert.equal(site.receiver.requests[before]?.cut, false);
});

everywhere("waiting records are sent when the page is hidden, and the page continues", {}, async (driver, site) => {
  await flush(driver);
  await report(driver, "hidden");
  await driver.evaluate(setVisibility("hidden"));
  await site.receiver.exception("hidden");
  await report(driver, "shown again");
  await flush(driver);
  await site.receiver.exception("shown again");
});

everywhere("a page that is left before the engine is loaded sends its errors", NO_ENGINE, async (driver, site) => {
  await until(() => driver.evaluate("!!window.throughline"), "the page");
  const count = 12;
  await driver.evaluate(`(() => {
    addEventListener("pagehide", () => { throw new Error("long words of its handler") });
    for (let one = 0; one < ${count}; one++) {
      const error = new Error("long " + one);
      error.stack = "Error: long " + one + "\\n" + "    at somewhere (https://shop.example/assets/index.js:1:2)\\n".repeat(40);
      throughline.captureException(error);
    }
  })()`);
  await driver.goto("about:blank");
  const sent = () => site.receiver.errors().filter((message) => message?.includes("long ")).length;
  await until(() => sent() === count + 1, `${count} errors and one of a handler`, site.receiver.errors);
});

for (const [protocol, start] of Object.entries({ bundle: asModule, otlp: asPlainOtlp }))
  everywhere(
    `a page that is left before the engine is loaded with more than outlives it sends what fits, and counts the rest (${protocol})`,
    { ...NO_ENGINE, start },
    async (driver, site) => {
      await until(() => driver.evaluate("!!window.throughline"), "the page");
      const count = 30;
      site.put("/next", { body: "<!doctype html><title>Next</title>" });
      await driver.evaluate(`(async () => {
        await fetch("/api/echo");
        for (let one = 0; one < ${count}; one++)
          throughline.captureException(Object.assign(new Error("größer " + one), { stack: "Error: größer\\n" + "é".repeat(1500) }));
      })()`);
      await driver.goto(`${site.origin}/next`);
      const sent = () => site.receiver.errors().filter((message) => message?.startsWith("größer")).length;
      // Of 48 KiB, 3 kB of text each, and what OTLP says besides.
      await until(() => sent() >= 10, "ten errors at least", sent);
      const counted = () => lost(site)["page_ended"] ?? 0;
      await until(() => sent() + counted() > count, "each record, sent or counted", () => [sent(), counted()]);
      // The span of the request needs the engine. In Firefox and WebKit the import of the engine fails
      // when the page ends, which is a record too.
      const others = sent() + counted() - count;
      assert.ok(sent() < count && (others === 1 || others === 2), `${sent()} sent, ${counted()} counted`);
      const { attributes } = await site.receiver.exception("größer 0");
      if (protocol === "bundle") assert.equal(attributes["browser.document.url.full"], `${site.origin}/`);
    },
  );

const AT_ONCE = `await Promise.all([1, 2, 3].map((one) => fetch("/api/echo?" + one)));
  for (let one = 0; one < 5; one++) throughline.captureException(new Error("at once " + one));`;
const LEAVE_LOADED = `const leave = () => (location.href = "/next");
  document.readyState == "complete" ? leave() : addEventListener("load", leave);`;
for (const [what, files, more, last] of /** @type {const} */ ([
  ["with its load", {}, `${AT_ONCE} ${LEAVE_LOADED}`, ""],
  ["before its engine comes", NO_ENGINE.files, "", `${AT_ONCE} location.href = "/next";`],
]))
  everywhere(
    `a page of plain OTLP that is left ${what} sends its errors, and sends or counts its requests`,
    {
      files: { ...files, "/next": { body: `<!doctype html><title>Next</title><script>fetch("/api/arrived")</script>` } },
      start: (options) => asPlainOtlp(options, more),
    },
    async (driver, site) => {
      if (last) await until(() => driver.evaluate("!!window.throughline"), "the page");
      if (last) await driver.evaluate(`void (async () => { ${last} })()`);
      await site.whenRequested("/api/arrived");
      const errors = () => site.receiver.errors().filter((message) => message?.startsWith("at once"));
      const requests = () => site.receiver.spans().filter(({ attributes }) => attributes["url.full"]?.includes("/api/echo")).length;
      const others = () => site.receiver.spans().length - requests();
      // Of the others only the load of the document is counted, or an engine that fails because the page ends.
      const counted = () => lost(site)["page_ended"] ?? 0;
      await until(() => errors().length >= 5 && requests() + counted() >= 3, "each error, and each request or its count", () => [errors(), requests(), lost(site)]);
      assert.deepEqual(errors().sort(), [0, 1, 2, 3, 4].map((one) => `at once ${one}`));
      assert.ok(requests() + counted() <= 5 && others() <= 1, `${requests()} sent, ${others()} others, ${JSON.stringify(lost(site))}`);
      assert.ok(site.receiver.requests.every(({ path }) => /^\/_t\/v1\/(logs|traces)$/.test(path)), "nothing but OTLP");
    },
  );

for (const [what, start] of /** @type {const} */ ([
  ["a module", asPlainOtlp],
  ["the script", asOtlpScript],
]))
  everywhere(
    `in plain OTLP (${what}) an event tells how many records the receiver has refused`,
    { start },
    async (driver, site) => {
      await until(() => driver.evaluate("!!window.throughline"), "the page");
      await flush(driver);
      // After the load of the document and what is measured with it.
      await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
      await flush(driver);
      assert.deepEqual(lost(site), {});
      const refused = () => site.receiver.requests.filter(({ status }) => status === 400).map(({ path }) => path);
      site.receiver.answer(() => ({ status: 400 }));
      await driver.evaluate(`(async () => {
        for (let one = 0; one < 2; one++) await fetch("/api/echo?" + one);
        for (let one = 0; one < 3; one++) throughline.captureException(new Error("refused " + one));
      })()`);
      await flush(driver);
      await until(() => new Set(refused()).size === 2, "both signals refused", refused);
      site.receiver.answer(() => ({ status: 200 }));
      await report(driver, "taken");
      await flush(driver);
      await site.receiver.exception("taken");
      assert.deepEqual(lost(site), { rejected: 5 });
      const told = site.receiver.logs().filter(({ name }) => name === "throughline.sdk.dropped");
      assert.deepEqual(told.map(({ severity }) => severity), [13]);
      assert.ok(told[0]?.attributes["session.id"] && told[0].resource.attributes["service.name"] === "shop-web");
      assert.ok(!site.receiver.errors().some((message) => message?.startsWith("refused")));
    },
  );

everywhere(
  "in plain OTLP without WebAssembly an event tells how many spans could not be written",
  { start: asPlainOtlp, options: () => ({ webAssembly: false }) },
  async (driver, site) => {
    await until(() => driver.evaluate("!!window.throughline && document.readyState == 'complete'"), "the page");
    await driver.evaluate(`(async () => { for (let one = 0; one < 3; one++) await fetch("/api/echo?" + one); })()`);
    for (const message of ["first", "second", "third"]) {
      await report(driver, message);
      await flush(driver);
      await site.receiver.exception(message);
    }
    // With the load of the document.
    assert.deepEqual(lost(site), { unreadable: 4 });
    // A page that is hidden may never be shown again.
    await driver.evaluate(`(async () => { await fetch("/api/echo"); await fetch("/api/echo"); })()`);
    await driver.evaluate(setVisibility("hidden"));
    await until(() => lost(site)["unreadable"] === 6, "the counts of a hidden page", () => lost(site));
  },
);

everywhere("the same batch is sent again after the time in Retry-After", {}, async (driver, site) => {
  await flush(driver);
  const before = site.receiver.requests.length;
  site.receiver.answer((_, count) => (count > before ? { status: 200 } : { status: 503, headers: { "retry-after": "1" } }));
  await report(driver, "patience");
  await flush(driver);
  const [first, second] = (await site.receiver.count(before + 2)).slice(before);
  assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 950, `${(second?.at ?? 0) - (first?.at ?? 0)} ms later`);
  assert.deepEqual(second?.body, first?.body, "the same bytes: the same batch id");
  assert.deepEqual(lost(site), {});
  await driver.goto("about:blank");
  await site.receiver.span(({ name }) => name === "documentLoad", "the load of the document");
  assert.equal(site.receiver.logs().filter(({ name }) => name === "exception").length, 1);
});

everywhere("a rejected batch is not sent again, and its records are counted in the next", {}, async (driver, site) => {
  await flush(driver);
  const before = site.receiver.requests.length;
  site.receiver.answer((_, count) => ({ status: count > before ? 200 : 400 }));
  await report(driver, "refused");
  await flush(driver);
  await site.receiver.count(before + 1);
  await report(driver, "taken");
  await flush(driver);
  await site.receiver.exception("taken");
  assert.ok((lost(site)["rejected"] ?? 0) >= 1, JSON.stringify(lost(site)));
  assert.ok(!site.receiver.errors().includes("refused"));
});

everywhere("an outage in which the page is hidden loses no batch", {}, async (driver, site) => {
  await flush(driver);
  const before = site.receiver.requests.length;
  site.receiver.answer(() => "close");
  const count = 8;
  for (let one = 0; one < count; one++) {
    await report(driver, `outage ${one}`);
    await driver.evaluate("void throughline.flush()");
  }
  await site.receiver.count(before + 1);
  await driver.evaluate(setVisibility("hidden"));
  await driver.evaluate(setVisibility("visible"));
  await site.receiver.count(before + count);
  site.receiver.answer(() => ({ status: 200 }));
  for (let one = 0; one < count; one++) await site.receiver.exception(`outage ${one}`);
  assert.deepEqual(lost(site), {});
});

const FATES = { hang: "never responds", close: "closes the connection", away: "is not reachable" };
for (const fate of /** @type {(keyof typeof FATES)[]} */ (Object.keys(FATES)))
  everywhere(
    `the page is not affected by a receiver that ${FATES[fate]}`,
    { options: () => (fate === "away" ? { endpoint: UNREACHABLE } : {}) },
    async (driver, site) => {
      if (fate !== "away") site.receiver.answer(() => fate);
      const failures = await driver.evaluate(`(async () => {
        throughline.captureException(new Error("lost"));
        throughline.flush().catch(() => wrong.push("flush rejects"));
        const { ok } = await fetch("/api/echo");
        if (!ok) wrong.push("the page's request failed");
        dispatchEvent(new Event("pagehide"));
        await new Promise((resolve) => setTimeout(resolve, 200));
        return wrong;
      })()`);
      assert.deepEqual(failures, []);
      assert.equal(site.apiRequests.length, 1);
    },
  );

everywhere("an error after a flood has the address of its own page, and each is sent or counted", {}, async (driver, site) => {
  await flush(driver);
  await driver.evaluate(`(() => {
    for (let one = 0; one < 1500; one++) throughline.captureException(String(one));
    history.pushState({}, "", "/basket");
    throughline.captureException(new Error("one too many"));
  })()`);
  await flush(driver);
  await report(driver, "after the flood");
  await flush(driver);
  const { attributes } = await site.receiver.exception("after the flood");
  assert.equal(attributes["browser.document.url.full"], `${site.origin}/basket`);
  const sent = site.receiver.logs().filter(({ name }) => name === "exception").length;
  assert.ok(sent >= 400, `${sent} sent`);
  assert.equal(sent + (lost(site)["queue_full"] ?? 0), 1502);
});

everywhere("what the page's own handlers do while it is left is sent", {}, async (driver, site) => {
  await flush(driver);
  await driver.evaluate(`(() => {
    for (const type of ["visibilitychange", "pagehide"])
      addEventListener(type, () => {
        if (type == "pagehide") void fetch("/api/last-word", { method: "POST", body: "x", keepalive: true });
        throw new Error("while it is left: " + type);
      });
  })()`);
  await driver.goto("about:blank");
  for (const type of ["visibilitychange", "pagehide"]) await site.receiver.exception(`while it is left: ${type}`);
  await site.receiver.requestSpan("/api/last-word");
});

everywhere(
  "a page that is left with much to send sends its own beacon of 15 kB, and what is not sent is counted",
  {
    before: `<script>{
      let isLeft;
      addEventListener("pagehide", () => {
        isLeft = true;
        sessionStorage.beacon = navigator.sendBeacon("/api/last-word", "x".repeat(15_000));
      });
      const native = fetch;
      fetch = (address, init) => {
        if (init.keepalive && isLeft) sessionStorage.kept = +(sessionStorage.kept ?? 0) + init.body.length;
        return native(address, init);
      };
    }</script>`,
  },
  async (driver, site) => {
    await flush(driver);
    const count = 24;
    site.put("/next", { body: "<!doctype html><title>Next</title>" });
    await driver.evaluate(`void setTimeout(() => {
      const noise = (length) => [...crypto.getRandomValues(new Uint8Array(length / 2))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      for (let one = 0; one < ${count}; one++)
        throughline.captureException(Object.assign(new Error(one + " " + noise(8000)), { stack: noise(8000) }));
    })`);
    await driver.goto(`${site.origin}/next`);
    assert.equal(await driver.evaluate("sessionStorage.beacon"), "true");
    assert.ok((await driver.evaluate("+sessionStorage.kept")) <= 48 * 1024, await driver.evaluate("sessionStorage.kept"));
    await site.whenRequested("/api/last-word");
    const sent = () => site.receiver.logs().filter(({ name }) => name === "exception").length;
    // A page that ends cannot know of a batch that arrives without a response to it, and counts it.
    const all = () => sent() + (lost(site)["page_ended"] ?? 0);
    await until(() => all() >= count, `${count} errors, sent or counted`, () => [sent(), lost(site)]);
    assert.ok(sent() > 0 && all() > sent(), `${sent()} sent, ${JSON.stringify(lost(site))} counted`);
  },
);

/** @param {Driver} driver */
const flush = (driver) => driver.evaluate("throughline.flush().then(() => 1)");

/** Reports an error as the page's own code would. @param {Driver} driver @param {string} message */
const report = (driver, message) => driver.evaluate(`void throughline.captureException(new Error(${JSON.stringify(message)}))`);

/** Makes the page believe that it is hidden, or shown again. @param {"hidden" | "visible"} state */
const setVisibility = (state) => `(() => {
  Object.defineProperty(Document.prototype, "visibilityState", { get: () => "${state}", configurable: true });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
})()`;
