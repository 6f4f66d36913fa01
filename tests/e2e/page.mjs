// @ts-check
// A visit that uses what the shop's page shows of the browser package (routes, breadcrumbs, the error boundary,
// a worker, a slow interaction, consent), and the check that the viewer has it.

import { traceOf } from './shop.mjs';
import { until } from './viewer.mjs';

/** @typedef {import('playwright-core').Page} Page */
/** @typedef {import('./viewer.mjs').LogRecord} LogRecord */
/** @typedef {import('./viewer.mjs').Trace} Trace */

/**
 * Does each of them once, on a page with the shelf, and leaves the page. Returns the trace of the route, and
 * the `traceparent` of a request after the person has refused.
 * @param {Page} page @param {string} shop
 */
export async function play(page, shop) {
  const route = await traceOf(page, '/api/products', () => page.locator('.cards a').first().click());
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await page.getByRole('button', { name: 'Fail in React' }).click();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Buy', exact: true }).waitFor();
  // Before the click on a button that changes nothing in the page: it is presented with the next change.
  await page.getByRole('button', { name: 'Be slow' }).click();
  await page.getByRole('status').filter({ hasText: /how about/i }).waitFor();
  const started = page.waitForEvent('worker');
  await page.getByRole('button', { name: 'Fail in a worker' }).click();
  await (await started).evaluate('1');
  // What the visit has measured is told when it ends.
  await page.goto('about:blank');
  await page.goto(shop);
  await page.getByRole('button', { name: /^Add / }).first().waitFor();
  await page.getByRole('button', { name: 'Do not record' }).click();
  const refused = page.waitForRequest((request) => new URL(request.url()).pathname === '/api/products');
  await page.locator('.cards a').first().click();
  const { traceparent } = await (await refused).allHeaders();
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  return { route, refused: traceparent };
}

/**
 * Waits until the viewer has all of it; throws with what is missing.
 * @param {string} viewer @param {Awaited<ReturnType<typeof play>>} played
 */
export async function seen(viewer, { route, refused }) {
  if (refused !== undefined) throw new Error(`consent: a request of a person who has refused has a traceparent, ${refused}`);
  await until(viewer, `/api/traces/${route}`, (/** @type {Trace} */ { spans }) => {
    const change = spans.find(({ name, service }) => service === 'shop-web' && name === 'navigation /products/{sku}');
    const click = spans.find(({ span_id }) => span_id === change?.parent_span_id);
    const request = spans.find(({ parent_span_id, kind }) => parent_span_id === change?.span_id && kind === 'client');
    return Boolean(click?.name.startsWith('click ') && request?.attributes['url.full']?.toString().endsWith('/api/products'));
  });
  /** @param {string} event @param {(record: LogRecord) => boolean} fits */
  const record = (event, fits) => until(viewer, `/api/logs?event=${event}&limit=500`, (/** @type {{ logs: LogRecord[] }} */ { logs }) => logs.some(fits));
  const crumbs = (/** @type {LogRecord} */ { attributes }) => String(attributes['throughline.exception.breadcrumbs']);
  // The boundary has caught it, with its components; what the person did before is with it.
  await record('exception', (one) =>
    /BasketPanel|at /.test(String(one.attributes['throughline.exception.component_stack'] ?? '')) &&
    ['"navigation"', '"click"', '"request"'].every((category) => crumbs(one).includes(category)) &&
    one.attributes['throughline.document.url.template'] === '/products/{sku}',
  );
  await record('exception', ({ attributes }) => /receipt\.worker/.test(String(attributes['app.worker'])));
  await record('browser.web_vital', ({ attributes }) =>
    attributes['browser.web_vital.name'] === 'inp' &&
    Number(attributes['browser.web_vital.value']) >= 800 &&
    /be-slow/.test(String(attributes['browser.css_selector'])) &&
    Number(attributes['throughline.web_vital.script.duration']) >= 700 &&
    attributes['throughline.document.url.template'] === '/products/{sku}',
  );
}
