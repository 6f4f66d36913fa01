// @ts-check
// Tests what a page reports, sets and starts by other entries while `initWithConsent` waits for an answer.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** Markup that waits for consent, with other entries and React's hooks as globals. @param {string} [folder] */
const asAsking = (folder = "") => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/${folder}index.js";
   const of = (name) => import("/dist/${folder}" + name + ".js");
   Object.assign(window, await of("control"), await of("errors"), await of("breadcrumbs"), await of("sources"), await of("requests"), await of("routes"), await of("apps"), await of("keep"), await of("spans"));
   window.consent = initWithConsent((given) => (window.throughline = init(given)), ${options});</script>`;

/**
 * Opens a page that asks, runs source there, agrees, and returns what the page has sent.
 * @param {string} source @param {string} [after] source after the answer @param {RegExp} [expected]
 */
async function granted(source, after = "", expected) {
  /** @type {{ logs: any[], spans: any[], dropped: Record<string, number>, origin: string }} */
  const all = { logs: [], spans: [], dropped: {}, origin: "" };
  await visit({ start: asAsking(), ...(expected && { expected }) }, async (page, site) => {
    await page.waitForFunction("window.consent");
    await page.evaluate(`(async () => { const wait = (ms) => new Promise((settle) => setTimeout(settle, ms)); ${source} })()`);
    assert.deepEqual([site.receiver.requests, await page.evaluate("Object.keys(sessionStorage)")], [[], []]);
    await page.evaluate(`consent.set("granted"); (async () => { ${after} })()`);
    await flush(page);
    all.origin = site.origin;
    all.logs = site.receiver.logs().filter(({ name }) => !name || name === "exception");
    all.spans = site.receiver.spans();
    for (const { dropped } of site.receiver.bundles()) for (const [reason, count] of Object.entries(dropped)) all.dropped[reason] = (all.dropped[reason] ?? 0) + Number(count);
  });
  return all;
}

const texts = (/** @type {any[]} */ logs) => logs.map(({ attributes, body }) => attributes["exception.message"] ?? body?.text);

test("what the page reports until there is an answer is recorded as it was then, with the time and the address of then", async () => {
  const { logs, origin } = await granted(
    `setUser({ id: "u-1" });
     const error = new TypeError("as thrown", { cause: new Error("because") });
     const tags = { step: "pay" };
     window.before = performance.timeOrigin + performance.now();
     captureException(error, { handled: false, tags, componentStack: "\\n    at Shop" });
     captureMessage("restored", { severity: "warn", tags: { items: 3 } });
     log("info", "loaded", { "shop.count": 2 });
     captureConsole();
     console.error("printed");
     window.after = performance.timeOrigin + performance.now();
     error.message = error.cause.message = "changed"; tags.step = "changed";
     setUser({ id: "u-2" });
     captureException("later");
     history.pushState(null, "", "/elsewhere");
     await wait(300);`,
    `log("info", String(window.before) + " " + window.after)`,
    /printed/,
  );
  const [thrown, message, record, printed, later, times] = logs;
  assert.deepEqual(texts(logs).slice(0, 5), ["as thrown", "restored", "loaded", "printed", "later"]);
  const { attributes } = thrown;
  assert.deepEqual(
    ["exception.type", "throughline.exception.mechanism", "app.step", "user.id", "throughline.exception.component_stack", "browser.document.url.full"].map((name) => attributes[name]),
    ["TypeError", "uncaught", "pay", "u-1", "\n    at Shop", `${origin}/`],
  );
  assert.match(JSON.stringify(attributes["throughline.exception.causes"]), /because/);
  assert.ok(thrown.traceId, "in a trace");
  assert.deepEqual([message.severity, message.attributes["app.items"], message.attributes["user.id"]], [13, "3", "u-1"]);
  assert.deepEqual([record.severity, record.attributes["shop.count"]], [9, 2]);
  assert.equal(printed.severity, 17);
  assert.equal(later.attributes["user.id"], "u-2");
  assert.equal(times.attributes["user.id"], "u-2", "what was set lasts");
  assert.equal(times.attributes["browser.document.url.full"], `${origin}/elsewhere`);
  const [before, after] = times.body.text.split(" ").map(Number);
  for (const { at } of [thrown, message, record, printed]) assert.ok(Number(at) / 1e6 >= before - 5 && Number(at) / 1e6 <= after + 5, `${at} is between ${before} and ${after}`);
});

test("uncaught errors and reports share the room for fifty, what is beyond is counted, and an error that is both is one", async () => {
  const { logs, dropped } = await granted(
    `const error = new Error("both"); setTimeout(() => { throw error }); await wait(20); captureException(error);
     for (let n = 0; n < 60; n++) captureException(new Error("error " + n));`,
    "",
    /both/,
  );
  assert.deepEqual(texts(logs), ["both", ...Array.from({ length: 48 }, (_, n) => `error ${n}`)]);
  assert.deepEqual(dropped, { queue_full: 12 });
});

test("parts that are started until there is an answer run then, and rules for errors hold for what was kept", async () => {
  const { logs, spans, dropped } = await granted(
    `captureException(new Error("refused"));
     filterErrors({ ignoreErrors: ["refused"], beforeSend: (error) => { error.message += "!"; return error; } });
     collectBreadcrumbs();
     for (let n = 0; n < 120; n++) addBreadcrumb({ category: "step", message: "step " + n });
     captureException(new Error("seen"));
     addBreadcrumb({ category: "step", message: "after" });
     describeRequests({ templates: ["/api/{id}"] });
     traceRoutes();
     setRouteTemplate("/first/{id}"); setRouteTemplate("/shown/{id}");
     const undo = describeRequests({ templates: ["/other"] }); undo();
     app({ name: "checkout", version: "2" }).captureException(new Error("of an app"));`,
    `await fetch("/api/after");`,
  );
  assert.deepEqual(texts(logs), ["seen!", "of an app!"]);
  assert.deepEqual(dropped, { filtered: 1 });
  const crumbs = JSON.parse(logs[0].attributes["throughline.exception.breadcrumbs"]).map((/** @type {any} */ { message }) => message);
  assert.deepEqual([crumbs.at(-1), crumbs.includes("after")], ["step 119", false]);
  assert.deepEqual([logs[0].attributes["otel.scope.name"], logs[1].attributes["otel.scope.name"]], [undefined, "checkout"]);
  const request = spans.find(({ attributes }) => attributes["url.full"]?.endsWith("/api/after"));
  assert.equal(request.name, "GET /api/{id}");
  assert.equal(request.attributes["throughline.document.url.template"], "/shown/{id}");
});

test("what is denied is forgotten, and rules and parts hold where the answer is changed", () =>
  visit({ start: asAsking() }, async (page, site) => {
    await page.waitForFunction("window.consent");
    await page.evaluate(`setUser({ id: "u-1" }); captureException(new Error("forgotten")); filterErrors({ ignoreErrors: ["refused"] });
      consent.set("denied"); captureException(new Error("denied")); consent.set("granted");
      captureException(new Error("refused")); captureException(new Error("kept"));`);
    await flush(page);
    assert.deepEqual(site.receiver.errors().filter(Boolean), ["kept"]);
    assert.equal((await site.receiver.exception("kept")).attributes["user.id"], undefined);
  }));

test("what ends before there is an answer never starts, and shutdown ends what has waited for one", async () => {
  await visit({ start: asAsking(), expected: /printed/ }, async (page) => {
    await page.waitForFunction("window.consent");
    await page.evaluate(`window.native = console.error; captureConsole(); consent.set("granted")`);
    assert.equal(await page.evaluate("console.error == native"), false);
    await page.evaluate("shutdown()");
    assert.equal(await page.evaluate("console.error == native"), true);
  });
});

test("the development build says once that a call before init does nothing, and nothing where that is no mistake", async () => {
  for (const [name, call, said] of /** @type {const} */ ([
    ["before init", `errors.setUser({ id: "u" }); errors.captureException(new Error("lost")); crumbs.collectBreadcrumbs(); init(given);`, 1],
    ["after init", `init(given); errors.captureException(new Error("recorded")); crumbs.collectBreadcrumbs();`, 0],
    ["until there is an answer", `control.initWithConsent(init, given); errors.captureException(new Error("kept")); crumbs.collectBreadcrumbs();`, 0],
    ["after no", `control.initWithConsent(init, given, "denied"); errors.captureException(new Error("denied")); crumbs.collectBreadcrumbs();`, 0],
  ])) {
    /** @type {string[]} */
    const warnings = [];
    await visit(
      {
        start: (options) =>
          `<script type="module">import { init } from "/dist/development/index.js"; import * as errors from "/dist/development/errors.js";
           import * as crumbs from "/dist/development/breadcrumbs.js"; import * as control from "/dist/development/control.js";
           const given = ${options}; ${call} window.isDone = true;</script>`,
        prepare: async (page) => void page.on("console", (message) => message.type() === "warning" && warnings.push(message.text())),
        expected: /\[throughline\] this call does nothing/,
      },
      async (page) => {
        await page.waitForFunction("window.isDone");
        assert.equal(warnings.length, said, `${name}: ${warnings}`);
        if (said) assert.match(warnings[0] ?? "", /call `init` first.*`initWithConsent`/);
      },
    );
  }
});
