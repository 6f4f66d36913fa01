// @ts-check
// Tests that a web vital is shown with what explains it.

import { test } from "node:test";
import { startViewer } from "./browser.mjs";
import { attributesOf, logsOf, now } from "./telemetry.mjs";

const { store, onPage } = startViewer("--empty");

test("a web vital has its element in its line, and its parts and script below", async () => {
  const of = (/** @type {string} */ name) => `throughline.web_vital.${name}`;
  await store.send(
    "logs",
    logsOf("page", {
      timeUnixNano: String(now()),
      severityNumber: 9,
      eventName: "browser.web_vital",
      attributes: attributesOf({
        "browser.web_vital.name": "inp",
        "browser.web_vital.value": { doubleValue: 264 },
        "browser.css_selector": "html > body > form > button#pay",
        "code.function.name": "placeOrder",
        [of("input_delay")]: { doubleValue: 8.4 },
        [of("processing_duration")]: { doubleValue: 240.2 },
        [of("presentation_delay")]: { doubleValue: 15.4 },
        [of("script.duration")]: { doubleValue: 238 },
      }),
    }),
  );
  await onPage(async (page) => {
    await page.goto("/logs");
    const line = page.locator(".log", { hasText: "inp = 264 · button#pay" });
    await line.locator("summary").first().click();
    await line
      .locator(".vital-parts", {
        hasText: "input delay 8 ms → processing 240 ms → presentation 15 ms · longest script placeOrder 238 ms",
      })
      .waitFor();
  });
});
