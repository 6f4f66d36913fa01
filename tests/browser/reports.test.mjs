// @ts-check
// Tests the reports that browsers send to the edge by themselves: a page violates its Content
// Security Policy, and the log record of that arrives at the backend.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { launchChromium } from "../launch-chromium.mjs";
import { startEdge } from "./edge.mjs";
import { FIREFOX, launchFirefox } from "./firefox.mjs";
import { isInstalled } from "./process.mjs";
import { serve } from "./site.mjs";
import { until } from "./until.mjs";
import { launchWebkit, WEBKIT } from "./webkit.mjs";

/** @type {import("./site.mjs").Site} */
let site;
/** @type {Awaited<ReturnType<typeof startEdge>>} */
let edge;
/** @type {Awaited<ReturnType<typeof secureFront>> | undefined} The site over TLS. */
let secureSite;
/** @type {typeof secureSite} The edge over TLS. */
let secureEdge;
const noOpenssl = !isInstalled("openssl") && "openssl is not installed";

before(async () => {
  site = await serve();
  if (!noOpenssl) secureSite = await secureFront(site.origin);
  const origins = [site.origin, secureSite?.origin].filter(Boolean);
  edge = await startEdge(`
    [[projects]]
    name = "shop"
    keys = ["pk_shop"]
    allowed_origins = ${JSON.stringify(origins)}
    [backend]
    url = "${site.allowed}"
    compression = "none"
  `);
  if (!noOpenssl) secureEdge = await secureFront(edge.origin);
});
after(async () => {
  await secureEdge?.stop();
  await secureSite?.stop();
  await edge?.stop();
  await site?.stop();
});

test("Chromium reports a violation to the report-uri of a policy", async () => {
  const browser = await launchChromium();
  try {
    await reportsTo(await browser.newPage(), "chromium");
  } finally {
    await browser.close();
  }
});

test("Firefox does", { skip: !isInstalled(FIREFOX) && `${FIREFOX} is not installed` }, async () => {
  const firefox = await launchFirefox();
  try {
    await reportsTo(firefox, "firefox");
  } finally {
    await firefox.stop();
  }
});

const missing = Object.values(WEBKIT).filter((program) => !isInstalled(program));
test("WebKitGTK does", { skip: missing.length > 0 && `${missing.join(", ")} not installed` }, async () => {
  const webkit = await launchWebkit();
  try {
    await reportsTo(webkit, "webkit");
  } finally {
    await webkit.stop();
  }
});

test("Chromium reports a violation to a reporting endpoint", { skip: noOpenssl }, async () => {
  const browser = await launchChromium({
    // Reports wait for up to a minute otherwise.
    args: ["--short-reporting-delay", "--ignore-certificate-errors"],
  });
  try {
    const url = `${secureEdge?.origin}/v1/reports?key=pk_shop&service=shop-reporting`;
    putPage("/reporting", {
      "reporting-endpoints": `default="${url}"`,
      "content-security-policy": "script-src 'self'; report-to default",
    });
    const page = await browser.newPage();
    await page.goto(`${secureSite?.origin}/reporting?token=SECRET`);
    const record = await violation("shop-reporting", secureSite?.origin);
    assert.equal(record.attributes["browser.report.disposition"], "enforce");
    assert.equal(record.attributes["code.line.number"], 1);
    assert.match(record.attributes["user_agent.original"], /Chrome/);
    // The time of the event, not that of the request.
    assert.ok(Math.abs(Date.now() - Number((record.at ?? 0n) / 1_000_000n)) < 60_000);
  } finally {
    await browser.close();
  }
});

for (const [how, crash, reason] of /** @type {const} */ ([
  ["crashes", (/** @type {import("playwright-core").Page} */ page) => page.goto("chrome://crash"), undefined],
  ["uses all memory", (/** @type {import("playwright-core").Page} */ page) => page.evaluate("{ const all = []; for (;;) all.push(new Array(1e6).fill(Math.random())); }"), "oom"],
]))
  test(`the report of a page that ${how} is of its session and its span`, { skip: noOpenssl }, async () => {
    const browser = await launchChromium({
      args: ["--short-reporting-delay", "--ignore-certificate-errors", "--js-flags=--max-old-space-size=64"],
    });
    try {
      const service = `shop-${reason ?? "crash"}`;
      const endpoint = `crash-reporting="${secureEdge?.origin}/v1/reports?key=pk_shop&service=${service}"`;
      site.put(`/${service}`, {
        headers: { "reporting-endpoints": endpoint },
        body: `<!doctype html><title>Shop</title><button>Buy</button><script type="module">import { init } from "/dist/index.js"; import { joinCrashReports } from "/dist/reports.js";
          const { crashReport } = window; const { set } = crashReport; window.known = {};
          CrashReportContext.prototype.set = function (key, value) { set.call(this, key, value); known[key] = value; };
          window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "${service}" }); joinCrashReports();</script>`,
      });
      const page = await browser.newPage();
      await page.goto(`${secureSite?.origin}/${service}`);
      await page.waitForFunction("window.known?.['session.id'] && known.traceparent");
      const load = await page.evaluate("known.traceparent");
      // What happens next is of another span.
      await page.click("button");
      await page.waitForFunction((before) => /** @type {any} */ (window).known.traceparent !== before, load);
      const known = /** @type {Record<string, string>} */ (await page.evaluate("known"));
      await crash(page).catch(() => {});
      const found = () => site.receiver.logs().find(({ name, resource }) => name === "browser.crash" && resource.attributes["service.name"] === service);
      const { attributes, traceId, spanId, flags, severity } = await until(found, "the crash", site.receiver.logs);
      assert.equal(`00-${traceId}-${spanId}-${`0${flags?.toString(16)}`.slice(-2)}`, known["traceparent"]);
      assert.equal(attributes["session.id"], known["session.id"]);
      assert.equal(attributes["browser.crash.reason"], reason);
      assert.equal(attributes["browser.report.body"], undefined);
      assert.equal(severity, 17);
    } finally {
      await browser.close();
    }
  });

/**
 * Visits a page whose policy names a `report-uri`, and checks the record.
 * @param {{ goto(url: string): Promise<unknown> }} page @param {string} engine
 */
async function reportsTo(page, engine) {
  const url = `${edge.origin}/v1/reports?key=pk_shop&service=shop-${engine}`;
  putPage(`/${engine}`, { "content-security-policy": `script-src 'self'; report-uri ${url}` });
  await page.goto(`${site.origin}/${engine}?token=SECRET`);
  const record = await violation(`shop-${engine}`);
  assert.match(record.attributes["user_agent.original"], /Mozilla/);
}

/** @param {string} path @param {Record<string, string>} headers */
function putPage(path, headers) {
  site.put(path, { body: "<!doctype html><script>window.inline = 1</script>", headers });
}

/**
 * The record of the violation that this service has.
 * @param {string} service @param {string | undefined} origin
 */
async function violation(service, origin = site.origin) {
  const found = () =>
    site.receiver
      .logs()
      .find(({ name, resource }) => name === "browser.csp_violation" && resource.attributes["service.name"] === service);
  const record = await until(found, `a violation of ${service}`, site.receiver.logs);
  const { attributes } = record;
  assert.equal(attributes["browser.report.type"], "csp-violation");
  assert.equal(attributes["browser.report.blocked_url"], "inline");
  assert.match(attributes["browser.csp_violation.effective_directive"], /^script-src/);
  assert.match(attributes["browser.csp_violation.original_policy"], /^script-src 'self'; report-/);
  assert.match(attributes["browser.document.url.full"], new RegExp(`^${origin}/`));
  assert.equal(record.severity, 13);
  const text = JSON.stringify(attributes);
  assert.ok(!text.includes("SECRET"), text);
  return record;
}

/**
 * An origin of TLS in front of another: pages and endpoints of the Reporting API need it.
 * @param {string} origin
 */
async function secureFront(origin) {
  const folder = await mkdtemp(join(tmpdir(), "throughline-tls-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const pair = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-out", cert];
  await promisify(execFile)("openssl", ["req", "-x509", "-nodes", "-days", "1", ...pair, ...subject]);
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (incoming, outgoing) => {
    const { method, headers } = incoming;
    const forwarded = request(`${origin}${incoming.url}`, { method, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await rm(folder, { recursive: true });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    origin: `https://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}
