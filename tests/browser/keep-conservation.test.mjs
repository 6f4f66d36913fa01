// @ts-check
// Tests that a page that samples its spans loses none without counting it, and that those that it
// sends stand for all, whatever the page and its receiver do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, openPage } from "./simulated-page.mjs";

/** @typedef {Awaited<ReturnType<typeof openPage>>} Page */
/** @typedef {{ errors: Set<string>, urls: Set<string> }} Made records of a page */

const SEEDS = Number(process.env.THROUGHLINE_SEEDS ?? 30);
const RATIOS = [0, 0.1, 0.25, 0.5, 1];

for (const protocol of ["bundle", "otlp"]) {
  test(`sent, sampled out and lost are what a page has recorded, and a drawn span is one that its trace draws (${protocol})`, () =>
    everySeed(1, async (random, seed) => {
      const ratio = RATIOS[seed % RATIOS.length] ?? 1;
      const page = await open(random, protocol, ratio);
      const made = await act(page, random, ["take"]);
      await page.die();
      await page.pass(60_000);
      conserved(page, made, ratio, true);
    }));

  test(`the same where the receiver fails: each is sent once at most, or counted (${protocol})`, () =>
    everySeed(2, async (random, seed) => {
      const ratio = RATIOS[seed % RATIOS.length] ?? 1;
      const page = await open(random, protocol, ratio);
      const made = await act(page, random, ["take", "slow", "close", "refuse", "busy", "reject"]);
      page.show();
      page.receive("take");
      await page.pass(300_000);
      page.throughline.captureException(error("the last one"));
      made.errors.add("the last one");
      await page.die();
      await page.pass(60_000);
      conserved(page, made, ratio, false);
    }));
}

test("what is sent stands for what was recorded, whenever errors come", async () => {
  let [recorded, estimated, variance, held] = [0, 0, 0, 0];
  await everySeed(3, async (random) => {
    const page = await openPage(random, "bundle", {}, ({ keep }) => keep({ ratio: 0.5, afterMs: 0 }));
    // From then on each request is a trace of its own: the sums of spans that share one fate vary more.
    await page.pass(61_000);
    const { urls } = await act(page, random, ["take"]);
    await page.die();
    await page.pass(60_000);
    recorded += urls.size;
    for (const { traceState } of delivered(page).spans) {
      const threshold = thresholdIn(traceState);
      const count = 2 ** 56 / (2 ** 56 - threshold);
      estimated += count;
      variance += count * (count - 1);
      held += +(threshold === 0);
    }
  });
  const deviation = Math.abs(estimated - recorded) / Math.sqrt(variance);
  assert.ok(deviation < 4, `${estimated} for ${recorded}: ${deviation} standard deviations`);
  assert.ok(held > recorded / 8 && held < recorded / 2, `${held} of ${recorded} spans were sent because something mattered`);
});

/** @param {number} kind @param {(random: () => number, seed: number) => Promise<void>} play */
async function everySeed(kind, play) {
  const only = process.env.THROUGHLINE_SEED;
  for (let seed = 1; seed <= SEEDS; seed++)
    if (only == null || Number(only) === seed)
      try {
        await play(chance(seed * 1000 + kind), seed);
      } catch (error) {
        throw new Error(`seed ${seed}: repeat it with THROUGHLINE_SEED=${seed}`, { cause: error });
      }
}

/** @param {() => number} random @param {string} protocol @param {number} ratio */
const open = (random, protocol, ratio) =>
  openPage(random, protocol, {}, ({ keep }) => keep({ ratio, ringBytes: 4000 + random() * 100_000, ringMs: random() * 30_000, afterMs: random() * 5000 }));

/**
 * Plays what a page does: requests above all, and now and then an error.
 * @param {Page} page @param {() => number} random @param {import("./simulated-page.mjs").Fate[]} fates
 */
async function act(page, random, fates) {
  /** @type {Made} */
  const made = { errors: new Set(), urls: new Set() };
  const steps = 10 + Math.floor(random() * 20);
  for (let step = 0; step < steps; step++) {
    const dice = random();
    if (dice < 0.6)
      for (let one = 0; one < 1 + random() * 20; one++) {
        void page.fetch(`https://shop.example/api/${step}/${one}`);
        made.urls.add(`https://shop.example/api/${step}/${one}`);
      }
    else if (dice < 0.7) {
      page.throughline.captureException(error(`error ${step}`));
      made.errors.add(`error ${step}`);
    } else if (dice < 0.8) page.receive(fates[Math.floor(random() * fates.length)] ?? "take");
    else if (dice < 0.85) void page.throughline.flush();
    else if (dice < 0.9) page.hide();
    else page.show();
    await page.pass(100 + random() ** 3 * 20_000);
  }
  // Requests that are under way end.
  await page.pass(1000);
  return made;
}

/** @param {string} message */
const error = (message) => Object.assign(new Error(message), { stack: `Error: ${message}\n    at shop.js:1:1` });

/** Checks the counts. @param {Page} page @param {Made} made @param {number} ratio @param {boolean} exactly whether the receiver has told the page of each batch that it has */
function conserved(page, made, ratio, exactly) {
  const { spans, errors, dropped } = delivered(page);
  const urls = spans.map(({ attributes }) => attributes["url.full"]);
  assert.equal(new Set(urls).size, urls.length, "each span is there once");
  const missing = [...made.urls].filter((url) => !urls.includes(url));
  const sampled = dropped["sampled_out"] ?? 0;
  const lost = Object.entries(dropped).reduce((sum, [reason, count]) => sum + (reason === "sampled_out" ? 0 : count), 0);
  const missingErrors = [...made.errors].filter((message) => !errors.includes(message)).length;
  // Where the page never hears that a batch has arrived it may count all of it.
  if (exactly) assert.deepEqual([missing.length, missingErrors], [sampled, lost]);
  else assert.ok(missing.length + missingErrors <= sampled + lost, `${missing.length} spans and ${missingErrors} errors missing, ${sampled} sampled out and ${lost} lost`);
  const threshold = ratio === 0 ? 2 ** 56 : 2 ** 56 * (1 - ratio);
  for (const { traceId, traceState } of spans) {
    const own = thresholdIn(traceState);
    if (own === 0) continue;
    assert.ok(Math.abs(own - threshold) < threshold / 1e4, `${traceState} of a ratio of ${ratio}`);
    assert.ok(randomness(traceId) >= own, `${traceId} is drawn by ${traceState}`);
  }
  if (exactly) for (const url of missing) assert.ok(randomness(page.traces.get(url) ?? "") < threshold * 1.0001, `${url} is not drawn`);
}

/** Records and counts in requests that could arrive. @param {Page} page */
function delivered({ batches }) {
  const read = [...batches.values()].filter(({ taken, outlives }) => taken || outlives).map(({ batch }) => batch);
  const logs = read.flatMap((batch) => batch.logs);
  /** @type {Record<string, number>} */
  const dropped = {};
  for (const batch of read) for (const [reason, count] of Object.entries(batch.dropped)) dropped[reason] = (dropped[reason] ?? 0) + Number(count);
  return {
    spans: read.flatMap(({ spans }) => spans),
    errors: logs.filter(({ name }) => name === "exception").map(({ attributes }) => attributes["exception.message"]),
    dropped,
  };
}

/** The threshold of a span, of 2^56. @param {string | undefined} traceState */
function thresholdIn(traceState) {
  const [, digits] = /^ot=th:([\da-f]{1,14})$/.exec(traceState ?? "") ?? [];
  assert.ok(digits, `a threshold in ${traceState}`);
  return Number(`0x${digits.padEnd(14, "0")}`);
}

/** @param {string} traceId */
const randomness = (traceId) => Number(`0x${traceId.slice(-14)}`);
