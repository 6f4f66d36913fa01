// @ts-check
// Visits the shop for some minutes, with purchases and errors, and draws the dashboards of docs/ from what its Prometheus and
// its Loki have then.
// Run by `cargo xtask demo --backends --draw`.

import { drawAll } from '../backends/dashboards/drawing.mjs';
import { address, launch } from './browser.mjs';
import { play } from './page.mjs';
import { buy, failInBrowser, failInPython } from './shop.mjs';

const shop = address('THROUGHLINE_SHOP');
const MINUTES = 8;
/** Before that a rate is one of less than its time, s. */
const RATE = 60;
/** Counts leave the edge and the services within this time, ms. */
const ARRIVES_MS = 20_000;

const browser = await launch();
const began = Date.now();
console.log(`Visiting the shop for ${MINUTES} minutes …`);
try {
  for (let visit = 0; Date.now() - began < MINUTES * 60_000; visit++) {
    const page = await browser.newPage();
    try {
      await buy(page, shop);
      // One visit in three goes wrong, and one in six uses all that the page has.
      if (visit % 3 === 0) await failInPython(page);
      if (visit % 6 === 3) await failInBrowser(page);
      if (visit % 6 === 5) await play(page, shop);
      // What the visit has measured is told when it ends.
      await page.goto('about:blank');
    } finally {
      await page.close();
    }
  }
} finally {
  await browser.close();
}
await new Promise((resolve) => setTimeout(resolve, ARRIVES_MS));
const files = await drawAll({
  prometheus: address('THROUGHLINE_PROMETHEUS'),
  loki: address('THROUGHLINE_LOKI'),
  from: Math.floor(began / 1000) + RATE,
  to: Math.floor(Date.now() / 1000),
});
console.log(files.join('\n'));
