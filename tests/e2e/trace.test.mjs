// @ts-check
// Tests that one click becomes one trace, from the page to SQL, cache and queue.
// Run by `cargo xtask test end`, which starts every part.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { address, launch } from './browser.mjs';
import { linesOf } from './lines.mjs';
import { play, seen } from './page.mjs';
import { looks, match } from './shape.mjs';
import { buy, failInBrowser, failInPython, open } from './shop.mjs';
import { trace, until } from './viewer.mjs';

/** @typedef {import('./viewer.mjs').Trace} Trace */
/** @typedef {import('./viewer.mjs').LogRecord} LogRecord */

const shop = address('THROUGHLINE_SHOP');
const viewer = address('THROUGHLINE_VIEWER');
const expected = JSON.parse(
  await readFile(new URL('../cases/e2e/buy/expected.json', import.meta.url), 'utf8'),
);

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

test('one click on Buy is one trace through every part', async () => {
  const page = await browser.newPage();
  /** @type {string[]} */
  const kinds = [];
  page.on('request', (request) => request.url().endsWith('/api/orders') && kinds.push(request.resourceType()));
  const traceId = await buy(page, shop);
  assert.deepEqual(kinds, ['xhr'], 'the basket is sent by axios');
  // The page stays open: a trace must be complete before the person leaves the shop.
  /** @type {Trace} */
  const whole = await until(viewer, `/api/traces/${traceId}`, (/** @type {Trace} */ response) =>
    match(response, expected).missing.length === 0 && response.linked.length > 0,
  );
  await page.close();
  const { found } = match(whole, expected);

  const roots = whole.spans.filter((span) => !span.parent_span_id);
  assert.deepEqual(roots.map((span) => span.name), [found.get('interaction')?.name], 'one root');
  const ids = new Set(whole.spans.map((span) => span.span_id));
  for (const span of whole.spans) {
    assert.equal(span.trace_id, traceId);
    assert.ok(!span.parent_span_id || ids.has(span.parent_span_id), `${span.name} has its parent`);
    assert.ok(BigInt(span.end_unix_nano) >= BigInt(span.start_unix_nano), `${span.name} ends after it starts`);
  }

  const producer = found.get('SQS producer');
  const linked = await trace(viewer, whole.linked[0]?.trace_id ?? '');
  const consumer = linked.spans.find((span) => looks(span, expected.linked));
  assert.ok(consumer, 'the consumer has a trace of its own');
  assert.notEqual(consumer.trace_id, traceId);
  assert.deepEqual(
    consumer.links.map(({ trace_id, span_id }) => ({ trace_id, span_id })),
    [{ trace_id: traceId, span_id: producer?.span_id }],
  );

  for (const service of expected.logs) {
    const line = (await linesOf(service)).find((line) => line['trace_id'] === traceId);
    assert.ok(line, `${service} wrote a line with the trace id`);
    assert.ok(ids.has(String(line['span_id'])), `${service}'s line names a span of the trace`);
    const record = whole.logs.find((record) => record.service === service);
    assert.ok(record, `${service}'s log records reached the trace`);
  }
});

test('an error in the page is an exception with frames in the trace of its click', async () => {
  const page = await browser.newPage();
  await open(page, shop);
  const error = await failInBrowser(page);

  let thrown = 1;
  const of = (/** @type {LogRecord[]} */ records) =>
    records.filter((record) => record.attributes['exception.message'] === error.message);
  /** @type {{ logs: LogRecord[] }} */
  const { logs } = await until(viewer, '/api/logs?event=exception', async ({ logs }) => {
    const found = of(logs);
    if (found.some(readsAsSource)) return true;
    // A script whose source map is not read in time is known the next time.
    if (found.length >= thrown) {
      thrown++;
      await failInBrowser(page);
    }
    return false;
  });
  const record = of(logs).find(readsAsSource);
  assert.ok(record);
  assert.equal(record.event_name, 'exception');
  assert.equal(record.service, 'shop-web');
  assert.equal(record.severity_number, 17);
  assert.equal(record.attributes['exception.type'], error.name);
  const frames = framesOf(record);
  // By the source map beside the script, which the shop's server has.
  const ours = frames.filter((frame) => frame.in_app);
  assert.ok(ours.length >= 3, 'at least three frames of the shop');
  for (const { filename, lineno, context_line } of ours) {
    assert.match(filename, /\/src\/.*\.tsx?$/);
    assert.ok(Number(lineno) > 0 && context_line);
  }
  // The browser prints the innermost frame first; in `frames` it is the last.
  const printed = String(record.attributes['exception.stacktrace']).split('\n').slice(1);
  const innermost = frames.at(-1);
  assert.ok(innermost && printed[0]?.includes(`${innermost.filename}:${innermost.lineno}:`), printed[0]);
  assert.equal(frames.length, printed.length);
  assert.equal(record.attributes['code.file.path'], innermost.filename);
  assert.equal(Number(record.attributes['code.line.number']), Number(innermost.lineno));

  const whole = await until(viewer, `/api/traces/${record.trace_id}`, (/** @type {Trace} */ response) =>
    response.spans.some((span) => span.span_id === record.span_id),
  );
  const span = whole.spans.find((span) => span.span_id === record.span_id);
  assert.match(span?.name ?? '', /^click /);
});

test('an error in Python gives an error status to every span up to the page', async () => {
  const page = await browser.newPage();
  await open(page, shop);
  const traceId = await failInPython(page);

  const whole = await until(viewer, `/api/traces/${traceId}`, (/** @type {Trace} */ response) =>
    response.spans.some((span) => span.service === 'vouchers-api' && span.kind === 'server') &&
    response.spans.some((span) => span.service === 'shop-web' && span.kind === 'client') &&
    response.spans.some((span) => span.service === 'orders-api' && span.kind === 'server'),
  );
  /** @param {string} service @param {string} kind */
  const span = (service, kind) =>
    whole.spans.find((span) => span.service === service && span.kind === kind);
  assert.equal(span('vouchers-api', 'server')?.attributes['http.response.status_code'], 500);
  assert.equal(span('vouchers-api', 'server')?.status.code, 'error');
  assert.equal(span('orders-api', 'client')?.status.code, 'error');
  assert.equal(span('shop-web', 'client')?.status.code, 'error');
});

test('the five web vitals of a visit arrive', async () => {
  const page = await browser.newPage();
  await buy(page, shop);
  const url = page.url();
  // LCP, CLS and INP are complete when the page is left.
  await page.goto('about:blank');
  await page.close();

  const wanted = ['cls', 'fcp', 'inp', 'lcp', 'ttfb'];
  await until(viewer, '/api/logs?event=browser.web_vital&limit=500', (/** @type {{ logs: LogRecord[] }} */ response) => {
    const names = new Set(response.logs.map((record) => record.attributes['browser.web_vital.name']));
    return wanted.every((name) => names.has(name));
  });
  assert.ok(url.startsWith(shop));
});

test('the viewer has the route, the breadcrumbs, the errors of React and of the worker, and the slow interaction', async () => {
  const page = await browser.newPage();
  await open(page, shop);
  const played = await play(page, shop);
  await page.close();
  await seen(viewer, played);
});

test('traceparent is sent to the shop and not to another origin', async () => {
  /** @type {(string | undefined)[]} */
  const seen = [];
  const otherOrigin = createServer((request, response) => {
    seen.push(/** @type {string | undefined} */ (request.headers['traceparent']));
    response.setHeader('access-control-allow-origin', '*').end('ok');
  });
  await new Promise((resolve) => otherOrigin.listen(0, '127.0.0.1', () => resolve(undefined)));
  const port = /** @type {import('node:net').AddressInfo} */ (otherOrigin.address()).port;
  try {
    const page = await browser.newPage();
    await open(page, shop);
    const own = page.waitForRequest((request) => request.url().endsWith('/api/products?again'));
    await page.evaluate(async (other) => {
      await fetch('/api/products?again');
      await fetch(other);
    }, `http://127.0.0.1:${port}/`);
    assert.match((await (await own).allHeaders())['traceparent'] ?? '', /^00-/);
    assert.deepEqual(seen, [undefined]);
    await page.close();
  } finally {
    otherOrigin.close();
  }
});

/** @typedef {{ function: string, filename: string, lineno: number, in_app: boolean, context_line?: string }} Frame */

/** @param {LogRecord} record */
const framesOf = (record) => /** @type {Frame[]} */ (record.attributes['throughline.exception.frames']);

/** Whether an exception has the source around its frames. @param {LogRecord} record */
const readsAsSource = (record) => framesOf(record).some((frame) => frame.context_line);
