import { launchChromium } from "../../launch-chromium.mjs";
import { inTab, pause } from "./tab.mjs";
const N = Number(process.argv[2]);
const specs = process.argv.slice(3).map((s) => s.split("="));
const browser = await launchChromium();
const table = new Map();
for (let k = 0; k < N; k++) for (const [name, folder] of specs) await inTab(browser, { name, title: name, folder, size: {}, first: {}, waited: ["entry.js"] }, async (tab) => {
  const { session, site } = tab; const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "devtools.timeline"] } });
  await tab.load(); await pause(Math.max(0, 1000 - await tab.call("performance.now()")));
  const done = new Promise((r) => session.once("Tracing.tracingComplete", r)); await session.send("Tracing.end"); await done;
  const main = events.find(({ name, args }) => name === "ParseHTML" && JSON.stringify(args).includes(`${site.origin}/`));
  const ev = events.filter((e) => e.pid === main.pid && e.tid === main.tid && e.ph === "X" && (e.name == "ThreadControllerImpl::RunTask" || e.name == "BlinkScheduler_PerformMicrotaskCheckpoint"));
  ev.sort((a,b)=>a.ts-b.ts||b.dur-a.dur); let end=0; for (const e of ev) { if (e.ts < end) e.nested = 1; else end = e.ts + e.dur; }
  const t = new Map();
  for (const e of ev) { if (e.nested) continue; const key = (e.args.src_file ?? e.name).split("/").pop() + ":" + e.args.src_func; const x = t.get(key) ?? [0, 0]; x[0] += (e.tdur ?? 0) / 1000; x[1]++; t.set(key, x); }
  for (const [key, x] of t) { const row = table.get(key) ?? {}; table.set(key, row); (row[name] ??= []).push(x); }
});
await browser.close();
const names = specs.map(([n]) => n);
const rows = [...table].map(([key, row]) => [key, ...names.map((n) => { const l = row[n] ?? []; const v = [...l.map((x) => x[0]), ...Array(N - l.length).fill(0)].sort((a, b) => a - b); const c = l.reduce((a, x) => a + x[1], 0) / N; return [v[v.length >> 1], c]; })]);
rows.sort((a, b) => b[2][0] - a[2][0]);
const tot = names.map((_, i) => rows.reduce((s, r) => s + r[i + 1][0], 0));
console.log("total".padEnd(70), tot.map((x) => x.toFixed(2)).join("  "));
for (const [key, ...v] of rows.slice(0, 32)) console.log(key.slice(0, 68).padEnd(70), v.map(([m, c]) => `${m.toFixed(2)} (${c.toFixed(1)})`.padStart(13)).join(" "));
process.exit(0);
