// @ts-check
// Sentry's SDKs, as they are in their registries, send to a DSN of ours, and
// `throughline dev` shows what they sent.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launchChromium } from "../launch-chromium.mjs";
import { startSystem } from "./system.mjs";

/** @type {Awaited<ReturnType<typeof startSystem>>} */
let system;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  [system, browser] = await Promise.all([startSystem(), launchChromium()]);
});
after(async () => {
  await browser?.close();
  await system?.stop();
});

/** @param {string} name */
async function open(name) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(system.page(name));
  const press = (/** @type {string} */ button) => page.getByRole("button", { name: button }).click();
  return { page, press };
}

describe("@sentry/browser", () => {
  it("has its errors with frames, breadcrumbs, tags, user and release", async () => {
    const { page, press } = await open("shop");
    await press("Fail");
    const failed = await system.log(
      ({ attributes }) => attributes["exception.message"] === "the basket is gone",
      "the exception",
    );
    assert.equal(failed.event_name, "exception");
    assert.equal(failed.severity_number, 17);
    assert.equal(failed.service, "shop");
    const { attributes, resource } = failed;
    assert.equal(attributes["exception.type"], "TypeError");
    assert.equal(attributes["throughline.exception.handled"], false);
    const frames = attributes["throughline.exception.frames"];
    assert.equal(frames.at(-1).function, "basket");
    assert.match(frames.at(-1).filename, /\/shop\.js$/);
    assert.ok(frames.at(-1).lineno > 1);
    assert.equal(frames.at(-1).debug_id, "2f259f80-58b7-44cb-a7cd-de1505e7e718");
    assert.match(attributes["exception.stacktrace"], /^TypeError: the basket is gone\n {4}at basket \(http/);
    const crumb = attributes["sentry.breadcrumbs"].find(
      (/** @type {{ category: string }} */ { category }) => category === "ui.click",
    );
    assert.match(crumb.message, /button/);
    assert.equal(attributes["sentry.tags.team"], "checkout");
    assert.equal(attributes["user.id"], "ada");
    // Personal data is redacted unless the operator keeps it.
    assert.equal(attributes["user.email"], "REDACTED");
    assert.match(attributes["browser.document.url.full"], /\/shop\?/);
    assert.equal(resource["service.version"], "shop@1.2.3");
    assert.equal(resource["deployment.environment.name"], "test");
    assert.equal(resource["telemetry.sdk.name"], "sentry.javascript.browser");
    await page.close();
  });

  it("has its spans in one trace with a service of ours and with one of sentry-sdk", async () => {
    const { page, press } = await open("shop");
    await press("Order");
    const message = await system.log(({ body }) => body === "ordered", "the message");
    await press("Send");
    const trace = message.trace_id;
    const names = ["order", "GET /orders", "GET /price", "SELECT price"];
    const spans = await system.spans(
      trace,
      (spans) => names.every((name) => spans.some((span) => span.name === name)),
      "the spans of the order",
    );
    const named = (/** @type {string} */ name) => spans.find((span) => span.name === name);
    const request = spans.find(({ attributes }) => attributes["url.full"]?.endsWith("/orders"));
    assert.equal(request?.kind, "client");
    assert.equal(request?.service, "shop");
    assert.equal(named("GET /orders")?.parent_span_id, request?.span_id);
    assert.equal(named("GET /orders")?.service, "orders");
    assert.equal(named("GET /price")?.parent_span_id, request?.span_id);
    assert.equal(named("GET /price")?.kind, "server");
    assert.equal(named("GET /price")?.service, "pricing");
    assert.equal(named("SELECT price")?.parent_span_id, named("GET /price")?.span_id);
    assert.equal(named("order")?.attributes["items"], 3);
    // Both SDKs tell the same number of the trace, and by which rate it was kept.
    const sampled = /^ot=rv:([0-9a-f]{14});th:([0-9a-f]{1,14})$/.exec(named("order")?.trace_state ?? "");
    assert.ok(sampled, named("order")?.trace_state);
    const [randomness, threshold] = [sampled[1] ?? "", (sampled[2] ?? "").padEnd(14, "0")];
    assert.ok(randomness >= threshold, `${randomness} is kept by ${threshold}`);
    assert.ok(Math.abs(1 - Number(`0x${threshold}`) / 2 ** 56 - 0.999999999) < 1e-15, threshold);
    assert.equal(named("GET /price")?.trace_state, named("order")?.trace_state);
    assert.equal(named("SELECT price")?.trace_state, named("order")?.trace_state);
    await page.close();
  });

  it("has its logs, metrics, sessions and feedback", async () => {
    const { page, press } = await open("shop");
    await press("Order");
    await press("Complain");
    const words = await system.log(({ body }) => body === "the tea is cold", "the feedback");
    assert.equal(words.event_name, "sentry.feedback");
    assert.equal(words.attributes["sentry.contexts.feedback"].name, "Ada");
    await press("Send");
    const log = await system.log(({ body }) => body === "ordered 3 things", "the log");
    assert.equal(log.severity_number, 9);
    assert.equal(log.attributes["sentry.message.template"], "ordered %s things");
    assert.match(log.trace_id, /^[0-9a-f]{32}$/);
    const began = await system.log(({ event_name }) => event_name === "session.start", "the session");
    assert.match(began.attributes["session.id"], /^[0-9a-f]{32}$/);
    await page.close();
  });

  it("is shown in the viewer", async () => {
    const { page, press } = await open("shop");
    await press("Fail");
    const fits = (/** @type {import("./system.mjs").LogRecord} */ { attributes }) =>
      attributes["exception.message"] === "the basket is gone";
    await system.log(fits, "the exception");
    await page.goto(`${system.viewer}/logs`);
    await page.getByText("TypeError: the basket is gone").first().click();
    const frames = page.getByRole("list", { name: /Stack, innermost frame first/ }).first();
    await frames.getByText("basket").first().waitFor();
    for (const shown of ["sentry.tags.team", "sentry.breadcrumbs", "user.id"]) {
      await page.getByText(shown, { exact: true }).first().waitFor();
    }
    await page.close();
  });
});

describe("@sentry/react", () => {
  it("has the errors of its boundary with the stack of components", async () => {
    const { page, press } = await open("react");
    await press("Fill");
    await page.getByText("Sorry").waitFor();
    const failed = await system.log(
      ({ attributes }) => attributes["exception.message"] === "the basket is full",
      "the exception",
    );
    assert.equal(failed.attributes["exception.type"], "RangeError");
    assert.equal(failed.service, "shop-react");
    assert.ok(failed.attributes["throughline.exception.frames"].length > 1);
    assert.equal(failed.attributes["sentry.tags.team"], "basket");
    assert.equal(failed.attributes["user.id"], "grace");
    assert.equal(failed.resource["service.version"], "shop-react@4.5.6");
    const pressed = failed.attributes["sentry.breadcrumbs"].find(
      (/** @type {{ category: string }} */ { category }) => category === "ui.click",
    );
    assert.match(pressed.message, /button/);
    // The SDK makes the components a cause of the exception.
    const [cause] = failed.attributes["throughline.exception.causes"];
    assert.equal(cause.type, "React ErrorBoundary RangeError");
    assert.match(cause.stacktrace, /at /);
    assert.equal(failed.resource["telemetry.sdk.name"], "sentry.javascript.react");
    await page.close();
  });
});

describe("@throughline/browser/sentry in the place of @sentry/browser", () => {
  it("has its errors at an edge that its DSN names, with level, frames, causes, tags, user, release and span", async () => {
    const { page, press } = await open("migrated");
    await press("Fail");
    await page.goto("about:blank");
    const failed = await system.log(({ attributes }) => attributes["exception.message"] === "the order is too large", "the exception");
    const { attributes, resource } = failed;
    assert.deepEqual([failed.event_name, failed.severity_number, failed.service], ["exception", 21, "migrated"]);
    assert.equal(attributes["exception.type"], "RangeError");
    assert.equal(attributes["throughline.exception.handled"], true);
    assert.match(attributes["throughline.exception.frames"].at(-1).filename, /\/migrated\.js$/);
    assert.equal(attributes["throughline.exception.causes"][0].message, "no stock");
    assert.deepEqual([attributes["app.team"], attributes["app.step"], attributes["user.id"]], ["checkout", "2", "ada"]);
    assert.match(attributes["sentry.event_id"], /^[0-9a-f]{32}$/);
    assert.equal(resource["service.version"], "migrated@1.2.3");
    assert.equal(resource["deployment.environment.name"], "test");
    const spans = await system.spans(failed.trace_id, (all) => all.some(({ name }) => name === "order"), "the span");
    const order = spans.find(({ name }) => name === "order");
    assert.equal(order?.span_id, failed.span_id);
    assert.deepEqual([order?.attributes["sentry.op"], order?.attributes["items"]], ["task", 3]);
    await page.close();
  });
});

describe("sentry-sdk for Python", () => {
  it("has its errors with frames, breadcrumbs, tags, user and release, and its logs", async () => {
    const { page, press } = await open("shop");
    await press("Order");
    const failed = await system.log(({ service, event_name }) => service === "pricing" && event_name === "exception", "the exception of the service");
    const { attributes, resource } = failed;
    assert.equal(attributes["exception.type"], "ZeroDivisionError");
    assert.equal(attributes["exception.message"], "division by zero");
    assert.equal(attributes["throughline.exception.handled"], true);
    const top = attributes["throughline.exception.frames"].at(-1);
    assert.equal(top.function, "price");
    assert.match(top.filename, /pricing\.py$/);
    assert.equal(top.context_line.trim(), "return 100 / quantity");
    assert.match(attributes["exception.stacktrace"], /^Traceback[^]*in price\n {4}return 100 \/ quantity\nZeroDivisionError: division by zero$/);
    assert.equal(attributes["sentry.breadcrumbs"][0].message, "miss");
    assert.equal(attributes["sentry.tags.team"], "pricing");
    assert.equal(attributes["user.id"], "ada");
    assert.equal(resource["service.version"], "pricing@2.0.0");
    assert.equal(resource["telemetry.sdk.language"], "python");
    assert.match(failed.trace_id, /^[0-9a-f]{32}$/);
    const log = await system.log(({ body }) => body === "price of tea is unknown", "the log");
    assert.equal(log.severity_number, 13);
    await page.close();
  });
});
