// @ts-check
// Measures what a recording of the page costs, beside Throughline and a page without either: `--only replay`.

import { cpus, loadavg } from "node:os";
import { launchChromium } from "../../launch-chromium.mjs";
import { measureSession } from "./parts.mjs";
import { bundle } from "./programs.mjs";
import { Results } from "./results.mjs";
import { inTab, pause } from "./tab.mjs";

/** Measures, and returns a table. @param {number} rounds */
export async function replayTable(rounds) {
  const programs = await Promise.all(/** @type {const} */ (["none", "throughline", "rrweb"]).map((name) => bundle(name)));
  const results = new Results();
  for (const program of programs) results.add("brotli", program, program.size.brotli / 1024);
  const browser = await launchChromium();
  try {
    for (let round = 0; round < rounds; round++) {
      console.error(`round ${round + 1} of ${rounds}`);
      const part = { browser, programs, results };
      await measureSession(part);
      await measureList(part);
    }
    const [load = 0] = loadavg();
    return `Chromium ${browser.version()}, ${cpus().length} processors, load ${load.toFixed(1)}, ${rounds} rounds; median (lowest–highest)\n\n${results.table(programs)}`;
  } finally {
    await browser.close();
  }
}

/** Visits a page with a list of 200 rows, which is drawn anew five times while the pointer moves. @param {import("./parts.mjs").Round} round */
async function measureList({ browser, programs, results }) {
  for (const program of programs)
    await inTab(browser, program, async (tab) => {
      const before = await tab.threadMs();
      await tab.load();
      for (let drawn = 0; drawn < 6; drawn++) {
        await tab.call("draw(200)");
        await tab.clickAll();
        await tab.page.mouse.move(100 + 20 * drawn, 100, { steps: 1 });
        await tab.page.mouse.move(300, 120 + 20 * drawn, { steps: 20 });
        await tab.page.mouse.wheel(0, 120);
        await pause(300);
      }
      // What the last second has is sent, too.
      await pause(2500);
      results.add("listThread", program, (await tab.threadMs()) - before);
      await tab.page.goto(`${tab.site.origin}/blank`);
      await pause(1000);
      const { bytes, requests } = tab.site.traffic();
      results.add("listBytes", program, bytes);
      results.add("listRequests", program, requests);
    });
}
