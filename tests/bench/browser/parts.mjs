// @ts-check
// The parts of the measurement in Chromium: each measures all programs once, one after the other.

import { inTab, open, pause, trace } from "./tab.mjs";

/** @typedef {import("playwright-core").Browser} Browser */
/** @typedef {import("./programs.mjs").Program} Program */
/** @typedef {import("./results.mjs").Results} Results */
/** @typedef {import("./tab.mjs").Tab} Tab */
/** @typedef {import("./tab.mjs").TraceEvent} TraceEvent */
/** @typedef {{ browser: Browser, programs: Program[], results: Results }} Round */

/** Loads the page, and with tracing once more: init and the first second. @param {Round} round */
export async function measureLoad({ browser, programs, results }) {
  for (const program of programs) {
    await inTab(browser, program, async (tab) => {
      results.add("firstSecond", program, await firstSecond(tab));
    });
    await inTab(browser, program, async (tab) => {
      const events = await trace(tab, tab.load);
      const ready = events.find(({ name }) => name === "ready")?.ts ?? Infinity;
      const before = events.filter(({ ts, dur = 0 }) => ts + dur < ready);
      const parts = before.filter(({ name, args }) => name === "v8.evaluateModule" || (name === "v8.compileModule" && args.data?.url?.endsWith(".js")));
      results.add("init", program, sum(parts.map(({ tdur = 0 }) => tdur)) / 1000);
    });
  }
}

/** Loads the page; the time of its main thread until a second after its beginning. @param {Tab} tab */
async function firstSecond(tab) {
  const before = await tab.threadMs();
  await tab.load();
  const passed = /** @type {number} */ (await tab.call("performance.now()"));
  await pause(Math.max(0, 1000 - passed));
  return (await tab.threadMs()) - before;
}

/** Loads and uses the page with a processor that has a quarter of its speed. @param {Round} round */
export async function measureSlow({ browser, programs, results }) {
  for (const program of programs)
    await inTab(browser, program, async (tab) => {
      await tab.session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
      const events = await trace(tab, async () => {
        await tab.load();
        await pause(1000);
        await play(tab);
        await tab.call("hide()");
        await pause(500);
      });
      results.add("slowInit", program, /** @type {number} */ (await tab.call("ready - begun")));
      const ours = events.filter(({ name, args }) => TASKS.has(name) && JSON.stringify(args).includes(`${tab.site.origin}/`));
      const ofProgram = ours.filter(({ args }) => /\/(entry|chunk-|engine)[^/]*\.js/.test(JSON.stringify(args)));
      results.add("slowTask", program, Math.max(0, ...ofProgram.map(({ tdur = 0 }) => tdur)) / 1000);
    });
}

/** Plays a session: twenty requests, five clicks, three errors. @param {Tab} tab */
async function play(tab) {
  await tab.call("(async () => { for (let one = 0; one < 4; one++) { ask(5); await asked(); } })()");
  await tab.clickAll();
  for (let one = 0; one < 3; one++) await tab.call("fail(1)");
}

/** Counts what a session sends until the page has been left. @param {Round} round */
export async function measureSession({ browser, programs, results }) {
  for (const program of programs)
    await inTab(browser, program, async (tab) => {
      await tab.load();
      // A person does not leave at once.
      await pause(250);
      await play(tab);
      await pause(250);
      if (program.interval) await sendsNoMore(tab, program.interval);
      await tab.page.goto(`${tab.site.origin}/blank`);
      await pause(1000);
      const { bytes, requests, preflights } = tab.site.traffic();
      results.add("sessionBytes", program, bytes);
      results.add("sessionRequests", program, requests);
      results.add("sessionPreflights", program, preflights);
    });
}

/** Waits until a program has sent, and sends no more for two of its intervals; no longer than a quarter of a minute. @param {Tab} tab @param {number} interval ms */
async function sendsNoMore(tab, interval) {
  const deadline = performance.now() + 15_000;
  let [sent, since] = [0, performance.now()];
  while (performance.now() < deadline && (sent === 0 || performance.now() < since + 2 * interval)) {
    await pause(50);
    const { requests } = tab.site.traffic();
    if (requests !== sent) [sent, since] = [requests, performance.now()];
  }
}

/**
 * Makes requests and errors, and waits until what is recorded of them has been sent. All programs wait
 * together: a main thread that waits costs the others nothing.
 * @param {Round} round
 */
export async function measureWork({ browser, programs, results }) {
  /** @type {Tab[]} */
  const tabs = [];
  try {
    for (const program of programs) tabs.push(await open(browser, program));
    for (const tab of tabs) await tab.load();
    await pause(2000);
    for (const tab of tabs) results.add("heapLoaded", tab.program, await tab.heapKb());
    await measureCalls(tabs, "fetchSync", "fetchAll", { call: "ask", finish: "asked()", count: 20, times: 10 }, results);
    for (const tab of tabs) for (let one = 0; one < 30; one++) await tab.call("ask(10), asked()");
    await settle(tabs);
    for (const tab of tabs) results.add("heapAsked", tab.program, await tab.heapKb());
    await measureCalls(tabs, "errorSync", "errorAll", { call: "fail", finish: "nothing()", count: 10, times: 5 }, results);
  } finally {
    for (const tab of tabs) await tab.close();
  }
}

/**
 * Measures calls, in tasks of `count`, until they return, and until all that they cause is done.
 * @param {Tab[]} tabs
 * @param {"fetchSync" | "errorSync"} sync
 * @param {"fetchAll" | "errorAll"} all
 * @param {{ call: string, finish: string, count: number, times: number }} work
 * @param {Results} results
 */
async function measureCalls(tabs, sync, all, { call, finish, count, times }, results) {
  const before = [];
  for (const tab of tabs) {
    await tab.heapKb();
    // What it costs to call a function, and to read the clock.
    let idle = 0;
    for (let one = 0; one < times; one++) idle += await threadMsOf(tab, "nothing()");
    before.push(await tab.threadMs());
    let took = 0;
    for (let one = 0; one < times; one++) {
      took += await threadMsOf(tab, `${call}(${count})`);
      await tab.call(finish);
    }
    results.add(sync, tab.program, (1000 * (took - idle)) / (count * times));
  }
  await settle(tabs);
  for (const [at, tab] of tabs.entries()) results.add(all, tab.program, (1000 * ((await tab.threadMs()) - (before[at] ?? 0))) / (count * times));
}

/** @param {Tab} tab @param {string} expression */
async function threadMsOf(tab, expression) {
  const before = await tab.threadMs();
  await tab.call(expression);
  return (await tab.threadMs()) - before;
}

/** Waits for the timers of all programs, and hides the pages. @param {Tab[]} tabs */
async function settle(tabs) {
  await pause(6500);
  for (const tab of tabs) await tab.call("hide()");
  await pause(500);
}

/** Clicks in a page that is busy. @param {Round} round */
export async function measureInteractions({ browser, programs, results }) {
  for (const program of programs)
    await inTab(browser, program, async (tab) => {
      await tab.load();
      await tab.call("beBusy()");
      await pause(500);
      for (let one = 0; one < 4; one++) await tab.clickAll(100);
      await pause(300);
      const durations = /** @type {number[]} */ (await tab.call("durations()"));
      // https://web.dev/articles/inp: of fewer than fifty interactions it is the longest.
      results.add("inp", program, Math.max(...durations));
      results.add("interaction", program, sum(durations) / durations.length);
    });
}

const sum = (/** @type {number[]} */ all) => all.reduce((sum, one) => sum + one, 0);

/** Events in which the browser calls a program. */
const TASKS = new Set(["FunctionCall", "EvaluateScript", "v8.compileModule", "v8.evaluateModule"]);
