// @ts-check
// Tests the packages in the projects of users: built from the tarballs, and visited in Chromium.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, test } from "node:test";
import { useBrowser } from "../../browser/chromium.mjs";
import { serve } from "../../browser/site.mjs";
import { textOf } from "../../../npm/browser/bundle.mjs";
import { BUILDS } from "./builds.mjs";
import { install } from "./packed.mjs";
import { POLICY, visit } from "./visit.mjs";

/** The text of the first bytes of each WebAssembly module. */
const ENGINE = textOf(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]));
/** The consumers that load one script. */
const IN_ONE_FILE = ["script", "commonjs with esbuild"];
const browser = useBrowser();
/** @type {Map<string, Promise<import("./builds.mjs").Built>>} */
const builds = new Map();
before(async () => {
  await install(import.meta.dirname);
  // One after the other, while the pages of those before are visited.
  let last = Promise.resolve();
  for (const [name, build] of Object.entries(BUILDS)) {
    const built = last.then(build);
    builds.set(name, built);
    last = built.then(() => {}, () => {});
  }
});

for (const name of Object.keys(BUILDS))
  test(`${name}: an error, a request by axios, a change of the route and a vital arrive`, async () => {
    const { files, warnings } = /** @type {import("./builds.mjs").Built} */ (await builds.get(name));
    assert.deepEqual(warnings, []);
    const site = await serve();
    try {
      put(site, files);
      await visit(browser(), `${site.origin}/index.html`, site, { hasReact: /vite|ssr/.test(name), ...(name == "script" && { userId: "u-7" }) });
    } finally {
      await site.stop();
    }
  });

test("script: with modules whose bytes are those that the page names nothing leaves it before consent, and nothing after the end", async () => {
  const { files } = /** @type {import("./builds.mjs").Built} */ (await builds.get("script"));
  await atConsent(files, async (page, { receiver, apiRequests }) => {
    await page.click("#pay");
    await page.click("#order");
    await page.getByText("Ordered by POST").waitFor();
    assert.equal(apiRequests[0]?.headers.traceparent, undefined);
    assert.deepEqual(receiver.requests, []);

    await page.click("#agree");
    // From before: errors are kept until then.
    await receiver.exception("no price");
    await page.click("#order");
    await page.waitForFunction(() => performance.getEntriesByName(new URL("/api/orders", location.href).href).length == 2);
    assert.match(String(apiRequests[1]?.headers.traceparent), /-03$/);

    await page.click("#stop");
    await page.waitForFunction(() => /native code/.test(String(XMLHttpRequest.prototype.send)));
    await page.click("#order");
    await page.waitForFunction(() => performance.getEntriesByName(new URL("/api/orders", location.href).href).length == 3);
    assert.equal(apiRequests[2]?.headers.traceparent, undefined);
    assert.deepEqual(receiver.errors().filter(Boolean), ["no price"]);
  });
});

test("script: a module with another byte than the page names is not run, and the page goes on without telemetry", async () => {
  const { files } = /** @type {import("./builds.mjs").Built} */ (await builds.get("script"));
  const changed = files.map(([path, text]) => /** @type {[string, string]} */ ([path, path == "/throughline/control.js" ? `${text} ` : text]));
  await atConsent(changed, async (page, { receiver, apiRequests }) => {
    await page.click("#agree");
    await page.click("#order");
    await page.getByText("Ordered by POST").waitFor();
    assert.equal(apiRequests[0]?.headers.traceparent, undefined);
    assert.deepEqual(receiver.requests, []);
  });
});

for (const name of Object.keys(BUILDS).filter((name) => !IN_ONE_FILE.includes(name)))
  test(`${name}: the page does not wait for the engine`, async () => {
    const { files } = /** @type {import("./builds.mjs").Built} */ (await builds.get(name));
    const html = files.find(([path]) => path == "/index.html")?.[1] ?? "";
    const scripts = files.filter(([path, text]) => path.endsWith(".js") && text.includes(ENGINE));
    assert.equal(scripts.length, 1);
    assert.ok(!html.includes(scripts[0]?.[0] ?? ""), "another script loads it");
  });

/** Puts files on a site. @param {import("./visit.mjs").Site} site @param {[path: string, text: string][]} files */
function put(site, files) {
  for (const [path, body] of files) {
    // An import map is a script in the page, which a policy names by its hash.
    const [, map] = /<script type="importmap">([^]*?)<\/script>/.exec(body) ?? [];
    const policy = map ? POLICY.replace("'wasm-", `'sha256-${createHash("sha256").update(map).digest("base64")}' 'wasm-`) : POLICY;
    site.put(path, { body, ...(path.endsWith(".html") && { headers: { "content-security-policy": policy } }) });
  }
}

/**
 * Opens the page of the script that asks for consent.
 * @param {[path: string, text: string][]} files
 * @param {(page: import("playwright-core").Page, site: import("./visit.mjs").Site) => Promise<void>} work
 */
async function atConsent(files, work) {
  const site = await serve();
  const context = await browser().newContext();
  try {
    put(site, files);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${site.origin}/consent.html`);
    await work(page, site);
  } finally {
    await context.close();
    await site.stop();
  }
}
