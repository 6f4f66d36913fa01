// @ts-check
// Tests that each signal leads to the others, as a person follows them in the viewer: a vital's exemplar, a trace, log
// lines of Go and Python, an error, a session.
// Run by `cargo xtask test end`, which starts every part.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { address, launch } from './browser.mjs';
import { linesOf } from './lines.mjs';
import { sessionOf } from './session.mjs';
import { buy, failInBrowser, failInPython, open } from './shop.mjs';
import { trace, until } from './viewer.mjs';

/** @typedef {import('./viewer.mjs').Trace} Trace */
/** @typedef {import('./viewer.mjs').Span} Span */
/** @typedef {import('./viewer.mjs').LogRecord} LogRecord */
/** @typedef {import('./viewer.mjs').Exemplar} Exemplar */

const shop = address('THROUGHLINE_SHOP');
const viewer = address('THROUGHLINE_VIEWER');

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

// All at once: each waits most of its time until its telemetry has arrived.
describe('correlation', { concurrency: true }, () => {
  test('the exemplar of a vital leads to the trace of what was measured', async () => {
    const page = await browser.newPage();
    await open(page, shop);
    await page.getByRole('button', { name: 'Be slow' }).click();
    await page.getByRole('status').filter({ hasText: /how about/i }).waitFor();
    // LCP and INP are complete when the page is left.
    await page.goto('about:blank');

    for (const [vital, ratings, measured] of /** @type {const} */ ([['lcp', /./, 'documentLoad'], ['inp', /^poor$/, 'click button#be-slow']])) {
      const metric = `throughline.web_vital.${vital}`;
      /** @param {Exemplar} exemplar */
      const isRated = ({ attributes }) => ratings.test(String(attributes['browser.web_vital.rating']));
      /** @type {{ exemplars: Exemplar[] }} */
      const { exemplars } = await until(viewer, `/api/exemplars?metric=${metric}&service=shop-web`, (response) => response.exemplars.some(isRated));
      const exemplar = exemplars.find(isRated);
      assert.ok(exemplar);
      const whole = await until(viewer, `/api/traces/${exemplar.trace_id}`, (/** @type {Trace} */ { spans }) =>
        spans.some(({ span_id }) => span_id === exemplar.span_id),
      );
      const span = whole.spans.find(({ span_id }) => span_id === exemplar.span_id);
      assert.equal(span?.service, 'shop-web');
      assert.equal(span?.name, measured);
      // The measurement itself is in the trace, with the same value: the exemplar is of this one and no other.
      const event = whole.logs.find(({ attributes, span_id }) =>
        attributes['browser.web_vital.name'] === vital && attributes['browser.web_vital.value'] === exemplar.value && span_id === exemplar.span_id,
      );
      assert.ok(event, `${vital} of ${exemplar.value} in span ${exemplar.span_id}`);
      assert.equal(event.attributes['browser.web_vital.rating'], exemplar.attributes['browser.web_vital.rating']);
    }
    await page.close();
  });

  test('a trace has the lines of Go and Python in the order of time', async () => {
    const page = await browser.newPage();
    const bought = await buy(page, shop);
    const failed = await failInPython(page);

    /** @type {[string, RegExp][]} */
    const buying = [
      ['pricing-api', /^quote given$/],
      ['pricing-api', / - "POST \/quotes HTTP\/1\.1" 200$/],
      ['orders-api', /^order placed$/],
      ['orders-api', /^request served$/],
    ];
    /** @type {[string, RegExp][]} */
    const failing = [
      ['vouchers-api', /^Exception on \/vouchers\/BROKEN \[GET\]$/],
      ['orders-api', /^the vouchers service failed$/],
      ['orders-api', /^request served$/],
    ];
    for (const [traceId, expected] of /** @type {const} */ ([[bought, buying], [failed, failing]])) {
      const whole = await until(viewer, `/api/traces/${traceId}`, (/** @type {Trace} */ response) =>
        linesIn(response).length >= expected.length && expected.every(([service]) => response.spans.some((span) => span.service === service && span.kind === 'server')),
      );
      const lines = linesIn(whole);
      assert.deepEqual(lines.map(({ service }) => service), expected.map(([service]) => service));
      lines.forEach(({ body }, index) => assert.match(String(body), /** @type {RegExp} */ (expected[index]?.[1])));
      const times = lines.map(({ time_unix_nano }) => BigInt(time_unix_nano));
      assert.deepEqual(times, times.toSorted((a, b) => (a < b ? -1 : 1)), 'by time');
      for (const line of lines) {
        const span = whole.spans.find(({ span_id }) => span_id === line.span_id);
        assert.equal(span?.service, line.service, `${line.body} is in a span of its service`);
      }
    }

    // What failed is in the line, with the stack that leads to it: of Python, and of the function of Go that logged it.
    const { logs } = await trace(viewer, failed);
    const [python, go] = logs.filter(({ severity_number }) => severity_number >= 17);
    assert.equal(python?.attributes['exception.type'], 'ZeroDivisionError');
    assert.match(String(python?.attributes['exception.stacktrace']), /vouchers\.py.*in _share/s);
    assert.match(String(go?.attributes['exception.message']), /the vouchers service responded with 500/);
    assert.match(String(go?.attributes['exception.stacktrace']), /^\S*api\.\(\*API\)\.fail\n/);
    await page.close();
  });

  test('a line of each logger leads back to its trace', async () => {
    const page = await browser.newPage();
    await buy(page, shop, 'WELCOME');
    await failInPython(page);
    /** Service, message of a line that it printed, and the root of the trace that it belongs to. @type {[string, RegExp, RegExp][]} */
    const loggers = [
      ['orders-api', /^order placed$/, /^click button#buy$/], // zap
      ['quotes-consumer', /^message processed$/, /^process quotes$/], // slog
      ['shop-migrate', /^schema up to date$/, /^migrate$/], // logrus
      ['pricing-api', /^quote given$/, /^click button#buy$/], // structlog
      ['pricing-api', /"POST \/quotes HTTP/, /^click button#buy$/], // logging, of uvicorn
      ['vouchers-api', /^voucher redeemed$/, /^click button#buy$/], // logging
      ['vouchers-api', /^Exception on/, /^click button#fail-in-python$/], // logging
    ];
    for (const [service, message, root] of loggers) {
      const line = await printed(service, message);
      const whole = await until(viewer, `/api/traces/${line.trace_id}`, (/** @type {Trace} */ { spans, logs }) =>
        spans.some(({ span_id }) => span_id === line.span_id) &&
        spans.some(({ parent_span_id }) => !parent_span_id) &&
        logs.some(({ service: by, body }) => by === service && body === line.message),
      );
      assert.equal(whole.spans.find(({ span_id }) => span_id === line.span_id)?.service, service);
      assert.match(whole.spans.find(({ parent_span_id }) => !parent_span_id)?.name ?? '', root);
      const record = whole.logs.find(({ service: by, body, span_id }) => by === service && body === line.message && span_id === line.span_id);
      assert.ok(record, `the record of ${service}: ${line.message}`);
    }

    // The message has waited in a queue: its trace leads to that of the click by its link.
    const consumed = await printed('quotes-consumer', /^message processed$/);
    const { linked } = await trace(viewer, consumed.trace_id);
    assert.deepEqual(linked.map(({ trace_id, span_id }) => ({ trace_id, span_id })), [
      { trace_id: consumed['linked_trace_id'], span_id: consumed['linked_span_id'] },
    ]);
    await page.close();
  });

  test('an error leads to its trace, the breadcrumbs and the session of the person', async () => {
    const page = await browser.newPage();
    await open(page, shop);
    await page.getByRole('button', { name: /^Add / }).nth(1).click();
    const thrown = await failInBrowser(page);
    const session = await sessionOf(page);

    /** @param {LogRecord} record */
    const isOurs = ({ attributes }) => attributes['session.id'] === session && attributes['exception.message'] === thrown.message;
    const { logs } = await until(viewer, '/api/logs?event=exception&limit=500', (/** @type {{ logs: LogRecord[] }} */ response) => response.logs.some(isOurs));
    const error = logs.find(isOurs);
    assert.ok(error);
    // The list of errors leads to the trace too.
    const { errors } = await until(viewer, '/api/errors', (/** @type {{ errors: import('./viewer.mjs').ErrorGroup[] }} */ response) =>
      response.errors.some(({ message, recent }) => message === thrown.message && recent.some(({ trace_id }) => trace_id === error.trace_id)),
    );
    assert.ok(errors.length > 0);

    const whole = await until(viewer, `/api/traces/${error.trace_id}`, (/** @type {Trace} */ { spans }) => spans.some(({ span_id }) => span_id === error.span_id));
    const click = whole.spans.find(({ span_id }) => span_id === error.span_id);
    assert.equal(click?.name, 'click button#fail-in-browser');
    assert.equal(click?.attributes['session.id'], session);

    /** @type {{ category: string }[]} */
    const breadcrumbs = JSON.parse(String(error.attributes['throughline.exception.breadcrumbs']));
    const categories = breadcrumbs.map(({ category }) => category);
    assert.ok(categories.filter((category) => category === 'click').length >= 2, `both clicks: ${categories}`);
    assert.ok(categories.includes('request'), `the products: ${categories}`);
    assert.deepEqual(await pagesOf(session), ['/']);
    await page.close();
  });

  test('a session leads to all of its pages', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await open(page, shop);
    const session = await sessionOf(page);
    // A route, another document, and the way back: one session.
    await page.locator('.cards a').first().click();
    await page.getByRole('heading', { level: 2 }).first().waitFor();
    const product = new URL(page.url()).pathname;
    await open(page, `${shop}/products/lamp`);
    await page.getByRole('button', { name: /^Add / }).first().click();
    assert.equal(await sessionOf(page), session);
    // Another person has another one.
    const other = await browser.newContext();
    const stranger = await other.newPage();
    await open(stranger, `${shop}/products/mug`);
    const another = await sessionOf(stranger);
    assert.notEqual(another, session);
    await page.goto('about:blank');
    await stranger.goto('about:blank');
    const expected = ['/', product, '/products/lamp'];
    assert.deepEqual(await pagesOf(session, expected.length), expected);
    assert.deepEqual(await pagesOf(another), ['/products/mug']);
    await Promise.all([context.close(), other.close()]);
  });
});

/** The records of the services' lines in a trace. @param {Trace} whole */
function linesIn({ logs }) {
  return logs.filter(({ service }) => service.endsWith('-api'));
}

/** The last line of a service with this message, as it is on its standard output. @param {string} service @param {RegExp} message */
async function printed(service, message) {
  const line = (await linesOf(service)).findLast((line) => message.test(String(line['message'])));
  assert.ok(line, `${service} has printed ${message}`);
  return /** @type {Record<string, unknown> & { trace_id: string, span_id: string, message: string }} */ (line);
}

/**
 * The paths of a session's pages in the order of time, by the traces that a search for the session finds; waits
 * until there are as many as expected.
 * @param {string} session @param {number} count
 */
async function pagesOf(session, count = 1) {
  /** @type {string[]} */
  let pages = [];
  const search = `/api/traces?limit=1000&q=${encodeURIComponent(`session.id=${session}`)}`;
  await until(viewer, search, async (/** @type {{ traces: { trace_id: string }[] }} */ { traces }) => {
    const found = await Promise.all(traces.map(({ trace_id }) => trace(viewer, trace_id)));
    const spans = found.flatMap((whole) => whole.spans).filter(({ attributes }) => attributes['session.id'] === session);
    spans.sort((a, b) => (BigInt(a.start_unix_nano) < BigInt(b.start_unix_nano) ? -1 : 1));
    pages = [...new Set(spans.map(({ attributes }) => new URL(String(attributes['browser.document.url.full'])).pathname))];
    return pages.length >= count;
  });
  return pages;
}
