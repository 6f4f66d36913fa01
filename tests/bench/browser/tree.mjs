import { join } from "node:path";
import { launchChromium } from "../../launch-chromium.mjs";
import { inTab, pause } from "./tab.mjs";
const name = process.argv[2] ?? "throughline"; const folder = process.argv[3] ?? join("/work/wt/perf/target/bench/browser", name);
const program = { name, title: name, folder, size: {}, first: {}, waited: ["entry.js"] };
const browser = await launchChromium();
for (let k = 0; k < 2; k++) await inTab(browser, program, async (tab) => {
  const { session, site } = tab; const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "devtools.timeline", "v8", "v8.wasm", "blink", "blink.user_timing", "disabled-by-default-v8.compile", "disabled-by-default-v8.gc","ipc","loading","disabled-by-default-devtools.timeline"] } });
  await tab.load(); await pause(Math.max(0, 1000 - await tab.call("performance.now()")));
  const done = new Promise((r) => session.once("Tracing.tracingComplete", r)); await session.send("Tracing.end"); await done;
  const main = events.find(({ name, args }) => name === "ParseHTML" && JSON.stringify(args).includes(`${site.origin}/`));
  const ev = events.filter((e) => e.pid === main.pid && e.tid === main.tid && e.ph === "X").sort((a, b) => a.ts - b.ts || b.dur - a.dur);
  const t0 = ev.find((e) => e.name === "ParseHTML").ts;
  if (k) { let stack = []; let self = new Map();
    for (const e of ev) { while (stack.length && e.ts >= stack.at(-1).ts + stack.at(-1).dur) stack.pop(); e.depth = stack.length; e.self = e.tdur ?? 0; if (stack.length) stack.at(-1).self -= e.tdur ?? 0; stack.push(e); }
    let sum = 0; for (const e of ev) if (e.depth == 0) sum += e.tdur ?? 0; console.log("total tdur", (sum / 1000).toFixed(2));
    for (const e of ev) if ((e.tdur ?? 0) > 150) console.log(((e.ts - t0) / 1000).toFixed(1).padStart(8), "  ".repeat(e.depth), e.name, (e.tdur / 1000).toFixed(2), "self", (e.self / 1000).toFixed(2), JSON.stringify(e.args).slice(0, 150));
  }
});
await browser.close(); process.exit(0);
