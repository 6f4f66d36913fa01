// @ts-check
// Tests of what the viewer page copies: records as JSON, and requests as commands of curl.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { curlCommand } from "../../viewer/page/trace/curl.js";
import { becomes, row, startViewer } from "./browser.mjs";
import { attributesOf, logsOf, newTrace, now, spanId, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { store, onPage } = startViewer("--empty");
const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

test("span, trace and log record are copied as JSON, by a button and by a key", async () => {
  const trace = newTrace();
  await store.send("traces", tracesOf("shop", { trace, name: "GET /basket" }, { trace, id: 2, parent: 1, name: "SELECT" }));
  await store.send("logs", logsOf("shop", { traceId: trace, spanId: spanId(1), timeUnixNano: String(now()), body: { stringValue: "empty basket" }, attributes: attributesOf({ "basket.id": "7" }) }));
  await onPage(async (page) => {
    await page.goto(`/trace/${trace}`);
    await row(page, "SELECT").waitFor();
    await page.keyboard.press("y");
    await becomes(async () => (await copied(page)).spans?.length, 2);
    const served = await (await fetch(`${store.address}/api/traces/${trace}`)).json();
    assert.deepEqual(await copied(page), served, "the trace as the API responds with it");

    await row(page, "SELECT").click();
    await page.locator(".panel h2", { hasText: "SELECT" }).waitFor();
    await page.keyboard.press("y");
    await becomes(async () => (await copied(page)).name, "SELECT");
    await page.locator(".trace-tools").getByRole("button", { name: "Copy JSON" }).click();
    await becomes(async () => (await copied(page)).spans?.length, 2);

    await page.goto("/logs");
    await page.locator(".log summary").first().click();
    await page.locator(".log").getByRole("button", { name: "Copy as JSON" }).click();
    await becomes(async () => (await copied(page)).attributes?.["basket.id"], "7");
  }, CLIPBOARD);
});

test("a request is copied as a command of curl, that says what was redacted, also on a phone", async () => {
  const trace = newTrace();
  const attributes = {
    "http.request.method": "POST",
    "url.full": "https://api.example/pay?token=REDACTED",
    "http.request.header.accept": { arrayValue: { values: [{ stringValue: "application/json" }] } },
    "http.request.header.authorization": { arrayValue: { values: [{ stringValue: "REDACTED" }] } },
  };
  await store.send("traces", tracesOf("shop", { trace, name: "POST", kind: 3, attributes }, { trace, id: 2, parent: 1, name: "work" }));
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
  for (const device of [{}, phone])
    await onPage(async (page) => {
      await page.goto(`/trace/${trace}`);
      await row(page, "POST").click();
      await page.getByRole("button", { name: "Copy as cURL" }).click();
      const text = () => page.evaluate(() => navigator.clipboard.readText());
      await becomes(text, [
        "# A secret was redacted before it was stored: write it in place of REDACTED.",
        "# The body of the request was not recorded.",
        "curl --request 'POST' --globoff \\",
        "  --url 'https://api.example/pay?token=REDACTED' \\",
        "  --header 'accept: application/json' \\",
        "  --header 'authorization: REDACTED'",
      ].join("\n"));
      await page.getByRole("button", { name: "Close" }).click();
      await row(page, "work").click();
      await page.locator(".panel h2", { hasText: "work" }).waitFor();
      assert.equal(await page.getByRole("button", { name: "Copy as cURL" }).count(), 0);
    }, { ...CLIPBOARD, ...device });
});

test("a server's request is put together from its parts", () => {
  const attributes = { "http.request.method": "GET", "url.scheme": "http", "server.address": "::1", "server.port": 8080, "url.path": "/a", "url.query": "b=c" };
  assert.deepEqual(argumentsOf("server", attributes), ["--request", "GET", "--globoff", "--url", "http://[::1]:8080/a?b=c"]);
  assert.deepEqual(argumentsOf("server", { "http.request.method": "HEAD", "url.scheme": "https", "server.address": "shop" }), ["--head", "--globoff", "--url", "https://shop/"]);
});

test("a shell reads each text of a command as one argument", () => {
  const hostile = `'; touch /tmp/x; $(id) \`id\` "\\ \u001b[201~\nrm -rf ~ #`;
  const attributes = { "http.request.method": "GET", "url.full": `https://h/${hostile}`, "http.request.header.x": [hostile, ""], "http.request.header.@file": ["a"], "http.request.header.content-length": ["9"] };
  const clean = hostile.replace(/[\u001b\n]/g, " ");
  assert.deepEqual(argumentsOf("client", attributes), [
    "--request", "GET", "--globoff", "--url", `https://h/${hostile.replace("\u001b", "%1B").replace("\n", "%0A")}`,
    "--header", `x: ${clean}`, "--header", "x;",
  ]);
});

test("what curl cannot request by HTTP is no command", () => {
  for (const [kind, attributes] of /** @type {const} */ ([
    ["internal", { "http.request.method": "GET", "url.full": "https://h/" }],
    ["client", { "http.request.method": "GET", "url.full": "file:///etc/passwd" }],
    ["client", { "http.request.method": "GET /x", "url.full": "https://h/" }],
    ["client", { "http.request.method": "GET" }],
    ["client", { "db.system.name": "postgresql", "server.address": "db" }],
  ]))
    assert.equal(commandOf(kind, attributes), null, JSON.stringify(attributes));
});

/**
 * The arguments of the command, as a shell reads them.
 * @param {string} kind
 * @param {import("../../viewer/page/types").Attributes} attributes
 */
function argumentsOf(kind, attributes) {
  const printing = "curl() { for argument; do printf '%s\\0' \"$argument\"; done; }\n";
  const printed = execFileSync("sh", ["-c", printing + commandOf(kind, attributes)], { encoding: "utf8" });
  return printed.split("\0").slice(0, -1);
}

/**
 * @param {string} kind
 * @param {import("../../viewer/page/types").Attributes} attributes
 */
function commandOf(kind, attributes) {
  return curlCommand(/** @type {import("../../viewer/page/types").Span} */ ({ kind, attributes }));
}

/** @param {Page} page */
async function copied(page) {
  const text = await page.evaluate(() => navigator.clipboard.readText());
  return text ? JSON.parse(text) : {};
}
