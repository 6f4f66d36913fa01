// @ts-check
// A tab of Chromium whose processor time, memory and tasks are measured.

import { serve } from "./site.mjs";

/** @typedef {Awaited<ReturnType<typeof open>>} Tab */
/**
 * Begin and duration by the clock, and the duration in which the processor worked, µs.
 * @typedef {{ name: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number, args: { data?: { url?: string }, fileName?: string } }} TraceEvent
 */

/**
 * Opens a tab on a blank page of a site of its own, in the process that its page will have.
 * @param {import("playwright-core").Browser} browser
 * @param {import("./programs.mjs").Program} program
 */
export async function open(browser, program) {
  const site = await serve(program);
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const session = await context.newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  await session.send("HeapProfiler.enable");
  await page.goto(`${site.origin}/blank`);

  return {
    program,
    site,
    page,
    session,
    /** Visits the page until it is loaded. */
    load: async () => void (await page.goto(`${site.origin}/`)),
    /** Time that the main thread has had of the processor since it began, ms. */
    threadMs: async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      return 1000 * (metrics.find(({ name }) => name === "ThreadTime")?.value ?? NaN);
    },
    /** Values of JavaScript that are in use, KiB. */
    heapKb: async () => {
      // What the first collection releases may release more.
      for (let round = 0; round < 2; round++) await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize / 1024;
    },
    /** Clicks on each button. @param {number} [pauseMs] between two */
    clickAll: async (pauseMs = 0) => {
      const buttons = /** @type {[number, number][]} */ (await page.evaluate("buttons()"));
      for (const [x, y] of buttons) {
        const event = { x, y, button: /** @type {const} */ ("left"), clickCount: 1 };
        await session.send("Input.dispatchMouseEvent", { ...event, type: "mousePressed" });
        await session.send("Input.dispatchMouseEvent", { ...event, type: "mouseReleased" });
        if (pauseMs) await pause(pauseMs);
      }
    },
    /** Calls a function of the page. @param {string} expression */
    call: (expression) => page.evaluate(expression),
    close: async () => {
      await context.close();
      await site.stop();
    },
  };
}

/**
 * Opens a tab, works with it, and closes it.
 * @template T
 * @param {import("playwright-core").Browser} browser
 * @param {import("./programs.mjs").Program} program
 * @param {(tab: Tab) => Promise<T>} work
 */
export async function inTab(browser, program, work) {
  const tab = await open(browser, program);
  try {
    return await work(tab);
  } finally {
    await tab.close();
  }
}

/**
 * The events of what the main thread of the tab's page does during `work`, in the order of time.
 * @param {Tab} tab @param {() => Promise<unknown>} work @returns {Promise<TraceEvent[]>}
 */
export async function trace({ session, site }, work) {
  /** @type {TraceEvent[]} */
  const events = [];
  const collect = (/** @type {any} */ { value }) => void events.push(...value);
  session.on("Tracing.dataCollected", collect);
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: CATEGORIES } });
  await work();
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", collect);
  const main = events.find(({ name, args }) => name === "ParseHTML" && JSON.stringify(args).includes(`${site.origin}/`));
  if (!main) throw new Error("Chromium reports no document");
  return events.filter(({ pid, tid }) => pid === main.pid && tid === main.tid).sort((a, b) => a.ts - b.ts);
}

export const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

const CATEGORIES = ["devtools.timeline", "v8", "blink.user_timing"];
