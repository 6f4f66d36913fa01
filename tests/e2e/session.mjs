// @ts-check
// The session of a page.

/** The id of the session that a page is in, as the package keeps it in the tab once its engine is there. @param {import('playwright-core').Page} page */
export async function sessionOf(page) {
  const kept = await page.waitForFunction(() => sessionStorage.getItem('throughline'));
  return String(await kept.jsonValue()).split(',')[0] ?? '';
}
