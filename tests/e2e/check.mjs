// @ts-check
// Buys once in Chromium and does what the page shows besides, prints the trace, and exits with 0 only if the trace is
// complete and the viewer has the rest.
// Run by `cargo xtask demo --check`.

import { readFile } from 'node:fs/promises';
import { followExemplar, followVital, inAlertmanager, inBackends } from './backends.mjs';
import { address, launch } from './browser.mjs';
import { play, seen } from './page.mjs';
import { inPanels } from './panels.mjs';
import { looks, match } from './shape.mjs';
import { buy, failInBrowser, failInPython } from './shop.mjs';
import { tree } from './tree.mjs';
import { trace, until } from './viewer.mjs';

const shop = address('THROUGHLINE_SHOP');
const viewer = address('THROUGHLINE_VIEWER');
const expected = JSON.parse(
  await readFile(new URL('../cases/e2e/buy/expected.json', import.meta.url), 'utf8'),
);

const browser = await launch();
/** @type {string[]} */
let missing = [];
/** @type {string} */
let traceId;
/** @type {Awaited<ReturnType<typeof play>>} */
let played;
try {
  const page = await browser.newPage();
  traceId = await buy(page, shop);
  played = await play(page, shop);
} catch (error) {
  console.error(`The shop could not be used: ${error instanceof Error ? error.message : error}`);
  await browser.close();
  process.exit(1);
}
try {
  await until(viewer, `/api/traces/${traceId}`, (/** @type {import('./viewer.mjs').Trace} */ response) => {
    missing = match(response, expected).missing;
    return missing.length === 0 && response.linked.length > 0;
  });
} catch (error) {
  if (missing.length === 0) missing = ['no linked trace'];
}

try {
  await seen(viewer, played);
} catch (error) {
  missing.push(`what the page shows: ${error instanceof Error ? error.message : error}`);
}

const whole = await trace(viewer, traceId);
console.log(`\nTrace ${traceId}  ${viewer}/trace/${traceId}\n`);
console.log(tree(whole.spans));
for (const link of whole.linked) {
  const other = await trace(viewer, link.trace_id);
  console.log(`\nLinked trace ${link.trace_id}\n`);
  console.log(tree(other.spans));
  if (!other.spans.some((span) => looks(span, expected.linked))) {
    missing.push(`no ${expected.linked.role} in the linked trace`);
  }
}
if (process.env['THROUGHLINE_JAEGER']) {
  try {
    const { spans, logs } = await inBackends(viewer, traceId);
    console.log(`\nJaeger has its ${spans} spans, Loki its ${logs} log lines.`);
    console.log(`An exemplar of Prometheus leads to the span "${await followExemplar()}" in Jaeger.`);
    console.log(`Alertmanager has: ${await inAlertmanager()}`);
    const { queries, empty } = await inPanels(shopping);
    console.log(`Prometheus and Loki answer the ${queries} queries of the panels, and find something for all but ${empty} of them.`);
    console.log(`The exemplar of a web vital leads to the span "${await followVital(shopping)}" in Jaeger, and to its measurement in Loki.`);
  } catch (error) {
    missing.push(`in the backends: ${error instanceof Error ? error.message : error}`);
  }
}
await browser.close();
if (missing.length > 0) {
  console.error(`\nThe line is not whole:\n  ${missing.join('\n  ')}`);
  process.exit(1);
}
console.log('\nThe line is whole.');

/** A visit with a purchase and errors. */
async function shopping() {
  const page = await browser.newPage();
  await buy(page, shop);
  await failInPython(page);
  await failInBrowser(page);
  // What the visit has measured is told when it ends.
  await page.goto('about:blank');
  await page.close();
}
