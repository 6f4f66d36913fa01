// @ts-check
// Tests the breadcrumbs of `@throughline/browser/breadcrumbs`: they are sent with errors alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import { flush, useChromium } from "./chromium.mjs";

const visit = useChromium();

/** Markup that makes the functions of two entries globals. @param {string} [collect] options of `collectBreadcrumbs` */
const start = (collect = "") => (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/index.js"; import * as crumbs from "/dist/breadcrumbs.js"; import * as errors from "/dist/errors.js";
   Object.assign(window, { errors, crumbs, throughline: init(${options}) }); crumbs.collectBreadcrumbs(${collect}); crumbs.collectBreadcrumbs();</script>`;

const BUTTON = `<button id="buy" role="switch" data-throughline-name="buy now"><b>Ada Lovelace</b></button>`;

/**
 * Opens a page, runs source there, and returns the records that it sent.
 * @param {string} source @param {string} [collect] @param {(page: import("./chromium.mjs").Page) => Promise<unknown>} [act]
 */
async function sent(source, collect, act) {
  /** @type {{ logs: any[], spans: any[] }} */
  const all = { logs: [], spans: [] };
  await visit({ start: start(collect), body: BUTTON, expected: /printed|Failed to load/ }, async (page, site) => {
    await page.waitForFunction("window.throughline && window.engineRuns");
    await act?.(page);
    await page.evaluate(`(async () => { const { addBreadcrumb } = crumbs; const fail = (message) => throughline.captureException(new Error(message)); ${source} })()`);
    await flush(page);
    all.logs = site.receiver.logs();
    all.spans = site.receiver.spans();
  });
  return all;
}

/** The breadcrumbs of the error with that message. @param {any[]} logs @param {string} message */
function of(logs, message) {
  const found = logs.find(({ attributes }) => attributes["exception.message"] === message);
  return JSON.parse(found.attributes[NAME] ?? "[]");
}

/** @param {any[]} crumbs */
const short = (crumbs) => crumbs.map(({ category, message }) => [category, message]);

test("an error has the clicks, requests, navigations and the page's own breadcrumbs before it, oldest first", async () => {
  const { logs, spans } = await sent(
    `await (await fetch("/api/echo?token=s3cret&page=2")).text();
     await fetch("/api/close").catch(() => {});
     history.pushState(null, "", "/basket?access_token=s3cret");
     addBreadcrumb({ category: "basket", message: "restored", data: { items: 3, empty: null } });
     errors.log("info", "not an error");
     fail("first"); history.pushState(null, "", "/pay"); fail("second");`,
    "",
    (page) => page.click("#buy b"),
  );
  const first = of(logs, "first");
  const origin = new URL(first[1].message.replace("GET ", "")).origin;
  assert.deepEqual(short(first), [
    ["click", "button[role=switch]#buy buy now"],
    ["request", `GET ${origin}/api/echo?token=REDACTED&page=2`],
    ["request", `GET ${origin}/api/close`],
    ["navigation", `${origin}/basket?access_token=REDACTED`],
    ["basket", "restored"],
  ]);
  assert.equal(first[1].data.status, "200");
  assert.equal(first[2].data.error, "TypeError");
  assert.deepEqual(first[3].data, { from: `${origin}/` });
  assert.deepEqual(first[4].data, { items: "3" });
  assert.ok(first.every((/** @type {any} */ { time }, /** @type {number} */ at) => Math.abs(Date.now() - time) < 60_000 && time >= (first[at - 1]?.time ?? 0)));
  assert.deepEqual(short(of(logs, "second")).at(-1), ["navigation", `${origin}/pay`]);
  for (const { attributes, name } of [...logs, ...spans]) assert.equal(NAME in attributes, name === "exception", name);
  assert.doesNotMatch(JSON.stringify(logs.map(({ attributes }) => attributes)), /s3cret|Lovelace/);
});

test("the last ones are kept, at most as many as the page says and as there is room for", async () => {
  const { logs } = await sent(
    `for (let at = 0; at < 30; at++) addBreadcrumb({ category: "step", message: String(at) });
     fail("few");
     for (let at = 0; at < 30; at++) addBreadcrumb({ category: "step", message: at + "x".repeat(9000), data: { long: "y".repeat(9000) } });
     fail("long");`,
    "{ limit: 20 }",
  );
  assert.deepEqual(of(logs, "few").map((/** @type {any} */ { message }) => Number(message)), Array.from({ length: 20 }, (_, at) => at + 10));
  const long = logs.find(({ attributes }) => attributes["exception.message"] === "long").attributes[NAME];
  assert.ok(long.length <= 4100, `${long.length}`);
  assert.match(JSON.parse(long).at(-1).message, /^29x/);
});

test("calls of console are collected where the page says so, and print the same", async () => {
  /** @type {string[]} */
  const printed = [];
  const { logs } = await sent(`console.warn("printed", 7, { toString() { throw 1; } }); console.log("printed too"); fail("after");`, `{ console: ["warn"] }`, async (page) => {
    page.on("console", (message) => printed.push(message.text()));
  });
  assert.deepEqual(short(of(logs, "after")), [["console", "printed 7 object"]]);
  assert.deepEqual(printed.slice(-2).map((text) => text.slice(0, 9)), ["printed 7", "printed t"]);
});

test("`beforeBreadcrumb` changes and refuses breadcrumbs; one that throws or adds one itself does no harm", async () => {
  const { logs } = await sent(
    `for (const message of ["secret 7", "refused", "thrown", "nested"]) addBreadcrumb({ category: "own", message });
     addBreadcrumb({ get message() { throw 1; } }); addBreadcrumb(null); addBreadcrumb();
     fail("after");`,
    `{ beforeBreadcrumb(crumb) {
      if (crumb.message == "refused") return null;
      if (crumb.message == "thrown") throw new Error("thrown");
      if (crumb.message == "nested") crumbs.addBreadcrumb({ category: "own", message: "inner" });
      return { ...crumb, message: crumb.message.replace(/\\d/, "N") };
    } }`,
  );
  assert.deepEqual(short(of(logs, "after")), [["own", "secret N"], ["own", "nested"]]);
});

test("an error of a page that is left before its engine is loaded has its breadcrumbs", () =>
  visit({ start: start(), prepare: (page) => page.route("**/dist/engine*.js", () => {}) }, async (page, site) => {
    await page.waitForFunction("window.throughline");
    await page.evaluate(`crumbs.addBreadcrumb({ category: "own", message: "before" }); throughline.captureException(new Error("early"));`);
    await page.goto("about:blank");
    const { attributes } = await site.receiver.exception("early");
    assert.deepEqual(short(JSON.parse(attributes[NAME])), [["own", "before"]]);
  }));

const NAME = "throughline.exception.breadcrumbs";

test("a secret in quotes does not leave the page, and the list can still be read", async () => {
  const { logs } = await sent(
    `addBreadcrumb({ category: "own", message: 'could not load "https://h/?token=s3cret": access_token="s3cret"', data: { 'a "b"': 'token="s3cret"' } });
     fail("quoted");`,
  );
  const [{ message, data }] = of(logs, "quoted");
  assert.match(message, /^could not load 'https:\/\/h\/\?token=REDACTED/);
  assert.doesNotMatch(JSON.stringify([message, data]), /s3cret/);
});
