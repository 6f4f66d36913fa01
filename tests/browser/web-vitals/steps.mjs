// @ts-check
// Performs what a case says that a person does, one step after the other.

/**
 * @typedef {{
 *   click?: string, times?: number, type?: string, press?: string, hide?: "hidden" | "visible", go?: string, back?: true, reload?: true,
 *   run?: string, wait?: string, ms?: number,
 * }} Step
 * `go` follows a link, as a person does; `run` is evaluated; `wait` is what becomes true.
 */

/** @param {import("playwright-core").Page} page @param {import("../site.mjs").Site} site @param {Step[]} steps */
export async function perform(page, site, steps) {
  await settle(page);
  for (const [at, { click, times = 1, type, press, hide: state, go, back, reload, run, wait, ms }] of steps.entries()) {
    await page.evaluate(`localStorage.setItem("step", ${at + 1})`);
    for (let time = 0; click && time < times; time++) await page.click(click);
    if (type) await page.keyboard.type(type);
    if (press) await page.keyboard.press(press);
    if (state) await page.evaluate(become, state);
    if (go) await page.goto(`${site.origin}${go}`);
    if (reload) {
      await page.reload();
      await page.waitForFunction("window.registered");
    }
    if (back) {
      await page.goBack({ waitUntil: "commit" });
      await page.waitForFunction("window.restored");
    }
    if (run) await page.evaluate(run);
    if (wait) await page.waitForFunction(wait);
    if (ms) await page.waitForTimeout(ms);
    await settle(page);
  }
}

/** Waits until a frame is presented, its entries have come, and the browser is idle. @param {import("playwright-core").Page} page */
const settle = (page) =>
  page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    const idle = () => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
    // What waits for the browser to be idle does so for at most a second.
    const end = performance.now() + 1200;
    if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve));
    do {
      await frame();
      await idle();
      await new Promise((resolve) => setTimeout(resolve, 100));
    } while (performance.now() < end);
  });

/** Makes the page believe that it is hidden, or shown. @param {string} state */
function become(state) {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}
