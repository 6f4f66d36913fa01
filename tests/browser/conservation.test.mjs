// @ts-check
// Tests that delivery loses no record without counting it, whatever the receiver and the page do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, openPage } from "./simulated-page.mjs";

/** @typedef {Awaited<ReturnType<typeof openPage>>} Page */
/** @typedef {import("./simulated-page.mjs").Fate} Fate */

/** @type {Fate[]} */
const FATES = ["take", "slow", "close", "refuse", "hang", "busy", "reject", "queue"];
const SEEDS = Number(process.env.THROUGHLINE_SEEDS ?? 40);

for (const protocol of ["bundle", "otlp"]) {
  const open = (/** @type {() => number} */ random) => openPage(random, protocol);
  test(`each record of a page that lives is delivered once, or counted (${protocol})`, () => everySeed(1, lives, open));
  test(`each record of a page that ends is delivered once at most, or counted (${protocol})`, () => everySeed(2, ends, open));
  test(`a page that ends while all is well loses nothing that fits, and counts the rest (${protocol})`, () => everySeed(3, endsWell, open));
  test(`requests of the page that hold all connections for minutes cost no record, and no pause after them (${protocol})`, () => everySeed(4, isBusy, open));
}

/**
 * @param {number} kind @param {(page: Page, random: () => number) => Promise<void>} play
 * @param {(random: () => number) => Promise<Page>} open
 */
async function everySeed(kind, play, open) {
  const only = process.env.THROUGHLINE_SEED;
  for (let seed = 1; seed <= SEEDS; seed++)
    if (only == null || Number(only) === seed)
      try {
        const random = chance(seed * 1000 + kind);
        await play(await open(random), random);
      } catch (error) {
        throw new Error(`seed ${seed}: repeat it with THROUGHLINE_SEED=${seed}`, { cause: error });
      }
}

/** @param {Page} page @param {() => number} random */
async function lives(page, random) {
  const made = await act(page, random, FATES);
  page.show();
  page.receive("take");
  // Longer than the last retry of a batch waits; then the counts go out with one more record.
  await page.pass(300_000);
  made.add(report(page, "the last one"));
  await flush(page);
  await flush(page);
  const { delivered, dropped } = countsOf([...page.batches.values()].filter(({ taken }) => taken));
  const missing = [...made].filter((record) => !delivered.has(record)).length;
  // The page cannot know that a batch was taken when it never hears so, and may count all of it.
  const unsure = countsOf([...page.batches.values()].filter(({ taken, acknowledged }) => taken && !acknowledged));
  const most = missing + unsure.delivered.size + unsure.dropped;
  assert.ok(missing <= dropped && dropped <= most, `${missing} missing, ${dropped} counted, at most ${most}`);
}

/** @param {Page} page @param {() => number} random */
async function ends(page, random) {
  const made = await act(page, random, FATES);
  // More than 15 KB, and a browser may have no byte left for our counts: README.md says so.
  const own = random() < 0.5 ? random() * (page.protocol === "otlp" ? 15_000 : 60_000) : 0;
  page.occupy(own);
  await page.die();
  await page.pass(60_000);
  // A page that is gone can do no more than send a request that outlives it.
  const { delivered } = countsOf([...page.batches.values()].filter(({ taken, outlives }) => taken || outlives));
  const { dropped } = countsOf([...page.batches.values()].filter(({ taken, outlives }) => taken || outlives || own > 15_000));
  const missing = [...made].filter((record) => !delivered.has(record)).length;
  assert.ok(missing <= dropped, `${missing} in no request that could arrive, ${dropped} counted`);
  assert.ok(page.largestKeepalive() <= 48 * 1024, `${page.largestKeepalive()} bytes outlive the page`);
}

/** @param {Page} page @param {() => number} random */
async function endsWell(page, random) {
  const made = await act(page, random, ["take"]);
  // Whatever was in flight has arrived.
  await page.pass(20_000);
  const more = Math.floor(random() ** 2 * 1500);
  for (let one = 0; one < more; one++) made.add(report(page, `last word ${one} ${noise(random, random() < 0.1 ? 4000 : 20)}`));
  await page.die();
  await page.pass(60_000);
  const { delivered, dropped } = countsOf([...page.batches.values()].filter(({ taken }) => taken));
  assert.equal([...made].filter((record) => !delivered.has(record)).length, dropped);
}

/** @param {Page} page @param {() => number} random */
async function isBusy(page, random) {
  await flush(page);
  page.receive("queue");
  /** @type {string[]} */
  const made = [];
  while (page.now() < 300_000) {
    made.push(report(page, `after ${page.now()} ms`));
    await page.pass(random() * 100_000);
  }
  page.receive("take");
  // The pause between two attempts, then a third of a second for each request.
  await page.pass(2000 + made.length * 400);
  const { delivered, dropped } = countsOf([...page.batches.values()].filter(({ taken }) => taken));
  assert.deepEqual([made.filter((record) => !delivered.has(record)), dropped], [[], 0]);
}

/** Plays what a page and its receiver do; returns the records of it. @param {Page} page @param {() => number} random @param {Fate[]} fates */
async function act(page, random, fates) {
  /** @type {Set<string>} */
  const made = new Set(["session.start"]);
  const steps = 5 + Math.floor(random() * 25);
  for (let step = 0; step < steps; step++) {
    const dice = random();
    if (dice < 0.25) page.receive(fates[Math.floor(random() * fates.length)] ?? "take");
    else if (dice < 0.5) made.add(report(page, `error ${step}`));
    else if (dice < 0.6) {
      const many = Math.floor(random() * 700);
      for (let one = 0; one < many; one++) made.add(report(page, `burst ${step} ${one} ${noise(random, 10)}`));
    } else if (dice < 0.75)
      for (let one = 0; one < 1 + random() * 40; one++) {
        void page.fetch(`https://shop.example/api/${step}/${one}`);
        made.add(`https://shop.example/api/${step}/${one}`);
      }
    else if (dice < 0.8) await flush(page);
    else if (dice < 0.85) void page.throughline.flush();
    else if (dice < 0.91) page.hide();
    else if (dice < 0.96) page.show();
    else {
      await page.freeze();
      await page.pass(random() * 60_000);
      made.add(restored(page.wall()));
      page.thaw();
    }
    await page.pass(100 + random() ** 3 * 20_000);
  }
  return made;
}

/** Reports an error; returns its name. @param {Page} page @param {string} message */
function report(page, message) {
  page.throughline.captureException(Object.assign(new Error(message), { stack: `Error: ${message}\n    at shop.js:1:1` }));
  return message;
}

/** The name of the span of a return from the back/forward cache. @param {number} at ms since the Unix epoch */
const restored = (at) => `documentRestore at ${at.toFixed()}`;

/** Flushes, and checks that it ends in time. @param {Page} page */
async function flush(page) {
  let settled = false;
  void page.throughline.flush().then(() => (settled = true));
  await page.pass(15_100);
  assert.ok(settled, "flush settles");
}

/**
 * The records in batches, each in one only, and the counts.
 * @param {{ batch: import("./simulated-page.mjs").Read }[]} batches
 */
function countsOf(batches) {
  /** @type {Set<string>} */
  const delivered = new Set();
  let dropped = 0;
  for (const { batch } of batches) {
    const records = [
      ...batch.spans.map(({ name, attributes, end }) => (name === "documentRestore" ? restored(Number(end) / 1e6) : attributes["url.full"])),
      ...batch.logs.map(({ name, attributes }) => (name === "exception" ? attributes["exception.message"] : name)),
    ];
    for (const record of records) {
      assert.ok(!delivered.has(record), `${record} is in two batches`);
      delivered.add(record);
    }
    for (const count of Object.values(batch.dropped)) dropped += count;
  }
  return { delivered, dropped };
}

/** @param {() => number} random @param {number} length */
const noise = (random, length) => Array.from({ length }, () => Math.floor(random() * 36).toString(36)).join("");
