// @ts-check
// Takes the screenshot of the viewer for the README.
//
// node tests/viewer/screenshot.mjs http://127.0.0.1:4318 viewer.png [light|dark] [width] [height]

import { launch } from "./browser.mjs";

/** @import { Span, TraceList } from "../../viewer/page/types" */

const [address, file, scheme = "light", width = "1280", height = "800"] = process.argv.slice(2);
if (!address || !file) throw new Error("usage: screenshot.mjs VIEWER_URL FILE [light|dark] [width] [height]");

const { traces } = /** @type {TraceList} */ (await get("/api/traces?limit=200"));
// The trace with the most services, then with the most spans.
const [best] = traces.sort((a, b) => b.services.length - a.services.length || b.spans - a.spans);
if (!best) throw new Error("the viewer has no traces yet");
const { spans } = /** @type {{ spans: Span[] }} */ (await get(`/api/traces/${best.trace_id}`));
// The span of the longest SQL statement.
const [query] = spans
  .filter((span) => span.attributes["db.system.name"] === "postgresql")
  .sort((a, b) => textOf(b).length - textOf(a).length);

const browser = await launch();
const context = await browser.newContext({
  viewport: { width: Number(width), height: Number(height) },
  colorScheme: scheme === "dark" ? "dark" : "light",
  deviceScaleFactor: 2,
});
const page = await context.newPage();
await page.goto(`${address}/trace/${best.trace_id}${query ? `?span=${query.span_id}` : ""}`);
await page
  .locator(query ? ".row[aria-selected=true]" : ".row")
  .first()
  .waitFor();
await page.screenshot({ path: file });
await browser.close();

/** @param {Span} span */
function textOf(span) {
  return String(span.attributes["db.query.text"] ?? "");
}

/** @param {string} path */
async function get(path) {
  const response = await fetch(address + path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
