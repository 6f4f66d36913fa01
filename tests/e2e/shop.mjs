// @ts-check
// Actions of a person in the shop; those that send a request return its trace id.

/** @typedef {import('playwright-core').Page} Page */

/** Opens the shop and waits for its products. @param {Page} page @param {string} shop */
export async function open(page, shop) {
  await page.goto(shop);
  await page.getByRole('button', { name: /^Add / }).first().waitFor();
}

/**
 * Adds a product to the basket and buys it, with a voucher where one is given.
 * @param {Page} page @param {string} shop @param {string} [voucher]
 */
export async function buy(page, shop, voucher = '') {
  await open(page, shop);
  await page.getByRole('button', { name: /^Add / }).first().click();
  if (voucher) await page.getByLabel('Voucher').fill(voucher);
  const traceId = await traceOf(page, '/api/orders', () =>
    page.getByRole('button', { name: 'Buy', exact: true }).click(),
  );
  await page.getByRole('status').filter({ hasText: /order/i }).waitFor();
  return traceId;
}

/** Makes the vouchers service fail. @param {Page} page */
export function failInPython(page) {
  return traceOf(page, '/api/vouchers/', () =>
    page.getByRole('button', { name: 'Fail in Python' }).click(),
  );
}

/** Makes the page itself fail. @param {Page} page */
export async function failInBrowser(page) {
  const thrown = page.waitForEvent('pageerror');
  await page.getByRole('button', { name: 'Fail in the browser' }).click();
  return thrown;
}

/**
 * Returns the trace id in the `traceparent` of the request that `act` sends.
 * @param {Page} page @param {string} path @param {() => Promise<void>} act
 */
export async function traceOf(page, path, act) {
  const sent = page.waitForRequest((request) => new URL(request.url()).pathname.startsWith(path));
  await act();
  const headers = await (await sent).allHeaders();
  const traceId = /^00-([0-9a-f]{32})-[0-9a-f]{16}-0[13]$/.exec(headers['traceparent'] ?? '')?.[1];
  if (!traceId) throw new Error(`${path} was sent without a sampled traceparent: ${headers['traceparent']}`);
  return traceId;
}
