// @ts-check
// The session of a page.

/** The id of the session that a page is in, as the package keeps it in the tab. @param {import('playwright-core').Page} page */
export async function sessionOf(page) {
  const kept = await page.evaluate(() => sessionStorage.getItem('throughline'));
  const id = kept?.split(',')[0];
  if (!id) throw new Error('the page has no session');
  return id;
}
