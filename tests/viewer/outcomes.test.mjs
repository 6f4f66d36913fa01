// @ts-check
// Tests of the view of outcomes in Chromium, with the edge of `throughline dev`.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { becomes, startViewer } from "./browser.mjs";
import { startDev } from "./dev.mjs";
import { logsOf, newTrace, now, tracesOf } from "./telemetry.mjs";

/** @typedef {import("playwright-core").Page} Page */

const { onPage, onPageAt } = startViewer("--empty");
const dev = /** @type {Awaited<ReturnType<typeof startDev>>} */ ({});
before(async () => Object.assign(dev, await startDev()));
after(() => dev.stop?.());

test("the page says what came, what left, and what did not and why, while it happens", () =>
  onPageAt(dev.address, async (page) => {
    await page.goto("/");
    await page.getByText("No traces yet").waitFor();
    await page.keyboard.press("5");
    await page.getByRole("heading", { name: "Nothing has come yet" }).waitFor();
    assert.equal(await page.locator("nav [aria-current=page]").innerText(), "Outcomes");
    assert.equal(await page.title(), "Outcomes · Throughline");

    const trace = newTrace();
    await dev.send("traces", tracesOf("web", { trace }, { trace, id: 2, parent: 1 }));
    await becomes(() => verdict(page), ["Everything that came has left.", "2 of 2 records exported."]);
    assert.deepEqual(await table(page), {
      Received: ["2"],
      Exported: ["2"],
      Rejected: ["0"],
      "Sampled out": ["0"],
      "Waiting for export": ["0"],
    });
    assert.equal(await page.getByRole("heading", { name: "What did not leave, and why" }).count(), 0);

    // Nothing of this request reaches the store, so no event tells the page about it.
    await dev.send("traces", tracesOf("web", { trace: "" }));
    await becomes(() => verdict(page), ["1 record was rejected.", "2 of 3 records exported."]);
    const reason = page.locator("[data-reason=invalid_record]");
    assert.match(await reason.innerText(), /^1\s+span\s+Rejected invalid_record\s+No backend could use them/);
    assert.match(await reason.innerText(), /At fault: the sender\.\s+What to do: Read the sender’s log/);

    const body = { stringValue: "sent to jo@shop.example" };
    await dev.send("logs", logsOf("web", { timeUnixNano: String(now()), body }));
    await becomes(() => table(page), {
      Received: ["3", "1", "4"],
      Exported: ["2", "1", "3"],
      Rejected: ["1", "0", "1"],
      "Sampled out": ["0", "0", "0"],
      "Waiting for export": ["0", "0", "0"],
    });
    assert.deepEqual(await table(page, 1), { email: ["0", "1", "1"] });
  }));

test("several backends, pages and samplers are told apart", () =>
  onPageAt(dev.address, async (page) => {
    await serveCounts(page, () => MANY);
    await page.goto("/outcomes");
    await becomes(
      () => verdict(page),
      [
        "425 records were rejected, and pages dropped 14 records before sending.",
        "6,719,755 of 6,888,335 records exported (copies for further backends included), " +
          "1,200 waiting for export, 166,955 sampled out, 1,338 parts of records cut off.",
      ],
    );
    const rows = await table(page);
    assert.deepEqual(rows["Exported to archive"], ["1,200,000", "98,765", "0", "1,298,765"]);
    assert.deepEqual(rows["Exported to tempo"], ["1,100,000", "0", "0", "1,100,000"]);
    assert.deepEqual(rows["Copied for further backends"], ["1,234,000", "0", "0", "1,234,000"]);
    assert.match(await page.locator("[data-outcome=waiting]").innerText(), /tempo: 1,200 records in 508 KiB/);
    const reasons = page.locator("[data-reason]");
    // The work of someone first, then by number.
    assert.deepEqual(
      await reasons.evaluateAll((all) => all.map((reason) => reason.getAttribute("data-reason"))),
      ["backend_refused", "invalid_record", "of_tomorrow", "expired", "sampled_out"],
    );
    assert.match(await reasons.nth(0).innerText(), /400 spans, 12 log records for tempo, archive/);
    assert.match(await reasons.nth(2).innerText(), /Read the edge’s log/);
    assert.match(await reasons.nth(3).innerText(), /At fault: the network/);
    assert.deepEqual(await table(page, 2), {
      "limits.value_bytes": ["1,204", "96", "0", "1,300"],
      "limits of tempo": ["37", "0", "0", "37"],
      "limits.of_tomorrow": ["0", "1", "0", "1"],
    });
    assert.deepEqual(await notes(page, 2), [
      "Texts that were too long lost their end.",
      "Texts lost their end, or attributes were left out, for this backend alone: max_attribute_bytes, max_body_bytes, max_attributes.",
      "This page has no words for the limit.",
    ]);
  }));

test("what this edge cut off is on the page with the limit, what it means and how often", () =>
  onPageAt(dev.address, async (page) => {
    const trace = newTrace();
    const long = { "db.query.text": "SELECT ".repeat(10_000) };
    const many = Object.fromEntries(Array.from({ length: 260 }, (_, index) => [`item.${index}`, "1"]));
    await page.goto("/outcomes");
    await dev.send("traces", tracesOf("web", { trace, attributes: long }, { trace, id: 2, parent: 1, attributes: many }));
    await page.getByRole("heading", { name: "What was cut off" }).waitFor();
    const table = page.locator(".outcome-table", { hasText: "limits.value_bytes" });
    assert.deepEqual(await table.locator("tbody tr").evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll(".outcome-label, .unit, td:first-of-type")].map((part) => part.textContent)),
    ), [
      ["limits.attributes", "Attributes beyond the most that a record may have were left out.", "4"],
      ["limits.value_bytes", "Texts that were too long lost their end.", "1"],
    ]);
    assert.match((await verdict(page))[1], /, 5 parts of records cut off\.$/);
  }));

test("requests that were refused as a whole have their reason", () =>
  onPageAt(dev.address, async (page) => {
    await serveCounts(page, () => ({ ...NONE, requests: REFUSED }));
    await page.goto("/outcomes");
    await becomes(() => verdict(page), ["43 requests were refused as a whole.", "0 of 0 records exported."]);
    const reasons = page.locator("[data-refused]");
    assert.deepEqual(
      await reasons.evaluateAll((all) => all.map((reason) => reason.getAttribute("data-refused"))),
      ["key_unknown", "not_found", "too_large", "of_tomorrow"],
    );
    assert.match(
      await reasons.nth(0).innerText(),
      /^40\s+requests\s+Refused with 401 key_unknown\s+to \/v1\/logs, \/v1\/traces\s+No project has the ingest key\./,
    );
    assert.match(await reasons.nth(2).innerText(), /^2\s+requests.+ingest\.max_body_bytes\.$/s);
    assert.match(await reasons.nth(3).innerText(), /^1\s+request\s.+Read the edge’s log\.$/s);
  }));

test("a request that this edge refused is on the page", () =>
  onPageAt(dev.address, async (page) => {
    await page.goto("/outcomes");
    const response = await fetch(`${dev.address}/v1/traces`, { method: "POST", body: "{", headers: { "content-type": "application/json" } });
    assert.equal(response.status, 400);
    const refused = page.locator("[data-refused=invalid]");
    await refused.waitFor();
    assert.match(await refused.innerText(), /Refused with 400 invalid\s+to \/v1\/traces/);
  }));

test("what waits and what was sampled out is no loss", () =>
  onPageAt(dev.address, async (page) => {
    /** @type {object} */
    let counts = { ...NONE, received: { traces: 3 }, queued: { traces: 3 }, backends: [{ records: 3, bytes: 900 }] };
    await serveCounts(page, () => counts);
    await page.goto("/outcomes");
    await becomes(() => verdict(page), [
      "Nothing is lost; 3 records still wait.",
      "0 of 3 records exported, 3 waiting for export.",
    ]);
    const ended = [
      { signal: "traces", outcome: "exported", records: 2 },
      { signal: "traces", outcome: "sampled_out", records: 1 },
    ];
    counts = { ...NONE, received: { traces: 3 }, ended };
    await becomes(() => verdict(page), [
      "Everything that came has left or was sampled out.",
      "2 of 3 records exported, 1 sampled out.",
    ]);
  }));

test("the counts are asked for while they are seen, and only then", () =>
  onPageAt(dev.address, async (page) => {
    let requests = 0;
    await serveCounts(page, () => {
      requests += 1;
      return { ...NONE, received: { traces: requests }, queued: { traces: requests } };
    });
    const shown = (/** @type {number} */ count) => page.locator(".outcome-verdict", { hasText: `; ${count} record` }).waitFor();
    // Requests are seen in the order in which the page sends them.
    const sent = async () => {
      await page.evaluate(() => fetch("/api/status").then((response) => response.text()));
      return requests;
    };
    // Without the stream, whose events are a reason to ask of their own.
    await page.route("**/api/events", (route) => route.abort());
    await page.clock.install();
    await page.goto("/outcomes");
    await shown(1);
    await page.clock.runFor(2_000);
    await shown(2);

    await page.evaluate(() => Object.defineProperty(document, "hidden", { value: true, configurable: true }));
    await page.clock.runFor(20_000);
    assert.equal(await sent(), 2, "a hidden page asks for nothing");
    await page.evaluate(() => Object.defineProperty(document, "hidden", { value: false }));
    await page.clock.runFor(2_000);
    await shown(3);

    await page.keyboard.press("4");
    await page.getByRole("heading", { name: "Logs", exact: true }).waitFor();
    await page.clock.runFor(20_000);
    assert.equal(await sent(), 3, "another view asks for none");
  }, { allowed: /ERR_FAILED/ }));

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test(`all numbers are seen on a phone, in one column for a signal (${colorScheme})`, () =>
    onPageAt(dev.address, async (page) => {
      await serveCounts(page, () => MANY);
      await page.goto("/outcomes");
      await page.locator(".outcome-table").first().waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
      assert.equal(await page.locator(".report").evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth), 0);
      const ends = await page.locator(".outcome-table").first().locator("tr").evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll(".number")].map((cell) => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            return Math.round(range.getBoundingClientRect().right);
          }),
        ),
      );
      assert.ok(ends.length > 6);
      for (const row of ends) assert.deepEqual(row, ends[0]);
      assert.ok(ends[0].every((end) => end < 380), String(ends[0]));
      const contrasts = await page.locator(".outcome-table td, .outcome-reason p, .outcome-verdict p").evaluateAll(contrast);
      assert.ok(Math.min(...contrasts) >= 4.5, String(Math.min(...contrasts)));
    },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme },
  ));
}

test("a store without an edge says so", () =>
  onPage(async (page) => {
    await page.goto("/outcomes");
    await page.getByRole("heading", { name: "There is no edge here" }).waitFor();
  }, { allowed: /404/ }));

/** @param {Page} page */
const verdict = (page) => page.locator(".outcome-verdict p").allInnerTexts();

/**
 * The numbers of a table, by the labels of its lines.
 * @param {Page} page
 * @param {number} [index] of the table
 * @returns {Promise<Record<string, string[]>>}
 */
async function table(page, index = 0) {
  const rows = page.locator(".outcome-table").nth(index).locator("tbody tr");
  return Object.fromEntries(
    await rows.evaluateAll((all) =>
      all.map((row) => [
        row.querySelector(".outcome-label")?.textContent ?? "",
        [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? ""),
      ]),
    ),
  );
}

/**
 * The words below the labels of a table.
 * @param {Page} page
 * @param {number} index of the table
 */
const notes = (page, index) => page.locator(".outcome-table").nth(index).locator("tbody th .unit").allInnerTexts();

/**
 * Gives the page counts that this edge does not have.
 * @param {Page} page
 * @param {() => object} counts
 */
function serveCounts(page, counts) {
  return page.route("**/api/outcomes", (route) => route.fulfill({ json: counts() }));
}

/**
 * The contrast of each text to the nearest background, as WCAG 2 defines it.
 * @param {Element[]} all
 */
function contrast(all) {
  const context = /** @type {CanvasRenderingContext2D} */ (
    document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  );
  /** @param {string} colour */
  const luminance = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((byte) => {
      const part = byte / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  /** @type {(element: Element | null) => string} */
  const ground = (element) => {
    if (!element) return "white";
    const colour = getComputedStyle(element).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? ground(element.parentElement) : colour;
  };
  return all.map((element) => {
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(ground(element))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}

const NONE = { received: {}, taken_up: {}, copied: {}, queued: {}, ended: [], backends: [] };
const REFUSED = [
  { route: "/v1/traces", status: 200, requests: 5_000 },
  { route: "/v1/bundle", status: 413, reason: "too_large", requests: 2 },
  { route: "/v1/logs", status: 401, reason: "key_unknown", requests: 31 },
  { route: "/v1/traces", status: 401, reason: "key_unknown", requests: 9 },
  { route: "/v1/traces", status: 418, reason: "of_tomorrow", requests: 1 },
  { status: 404, reason: "not_found", requests: 3 },
];
const MANY = {
  received: { traces: 1_234_567, logs: 98_768, metrics: 4_321_000 },
  taken_up: {},
  copied: { traces: 1_234_000 },
  queued: { traces: 1_200, logs: 0, metrics: 0 },
  ended: [
    { signal: "traces", backend: "tempo", outcome: "exported", records: 1_100_000 },
    { signal: "traces", backend: "archive", outcome: "exported", records: 1_200_000 },
    { signal: "logs", backend: "archive", outcome: "exported", records: 98_765 },
    { signal: "metrics", backend: "prometheus-of-the-platform", outcome: "exported", records: 4_320_990 },
    { signal: "traces", backend: "tempo", outcome: "rejected", reason: "backend_refused", records: 400 },
    { signal: "logs", backend: "archive", outcome: "rejected", reason: "backend_refused", records: 12 },
    { signal: "metrics", outcome: "rejected", reason: "invalid_record", records: 10 },
    { signal: "traces", outcome: "rejected", reason: "of_tomorrow", records: 3 },
    { signal: "traces", outcome: "sampled_out", records: 166_955 },
    { outcome: "dropped_by_page", reason: "expired", records: 14 },
  ],
  cut: [
    { signal: "traces", limit: "limits.value_bytes", parts: 1_204 },
    { signal: "logs", limit: "limits.value_bytes", parts: 96 },
    { signal: "logs", limit: "limits.of_tomorrow", parts: 1 },
  ],
  truncated: [{ signal: "traces", backend: "tempo", values: 37 }],
  redacted: [{ signal: "traces", rule: "credential", redactions: 40_000 }],
  backends: [
    { backend: "tempo", records: 1_200, bytes: 520_000 },
    { backend: "archive", records: 0, bytes: 0 },
  ],
};
