// @ts-check
// Tests that a browser extension is recorded only where it asks for it, and what the development build
// says where `init` does nothing.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile, copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { useChromium } from "./chromium.mjs";
import { launchWithExtension } from "../launch-chromium.mjs";
import { DIST, serve } from "./site.mjs";

const visit = useChromium();

test("a page of an extension is recorded only with `embedded`", async () => {
  const folder = await mkdtemp(join(tmpdir(), "throughline-extension-"));
  const site = await serve();
  const options = (/** @type {string} */ name, more = "") => `{ endpoint: "${site.origin}/_t", key: "pk_test", serviceName: "${name}"${more} }`;
  const start = (/** @type {string} */ name, more = "") => `Throughline.init(${options(name, more)}).captureException(new Error("${name}"));
    Throughline.flush().then(() => { document.documentElement.dataset.${name.replace(" ", "")} = String(!!window[Symbol.for("throughline")]); });`;
  const files = {
    "manifest.json": JSON.stringify({
      manifest_version: 3,
      name: "Prices",
      version: "1.0",
      host_permissions: ["http://127.0.0.1/*"],
      content_scripts: [{ matches: ["http://127.0.0.1/*"], js: ["content.js"] }],
      web_accessible_resources: [{ resources: ["*.html"], matches: ["<all_urls>"] }],
    }),
    "content.js": "document.documentElement.dataset.id = chrome.runtime.id;",
    "page.js": start("page"),
    "asking.js": start("asking", ", embedded: true"),
    "page.html": '<!doctype html><script src="throughline.iife.js"></script><script src="page.js"></script>',
    "asking.html": '<!doctype html><script src="throughline.iife.js"></script><script src="asking.js"></script>',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await copyFile(join(DIST, "throughline.iife.js"), join(folder, "throughline.iife.js"));
  site.put("/", { body: '<!doctype html><link rel="icon" href="data:,"><title>Shop</title>' });
  const profile = await mkdtemp(join(tmpdir(), "throughline-profile-"));
  const browser = await launchWithExtension(profile, folder);
  try {
    const page = await browser.newPage();
    await page.goto(`${site.origin}/`);
    const told = (/** @type {string} */ name) => page.waitForFunction((name) => document.documentElement.dataset[name], name).then((handle) => handle.jsonValue());
    const id = await told("id");
    await page.goto(`chrome-extension://${id}/page.html`);
    assert.equal(await told("page"), "false");
    await page.goto(`chrome-extension://${id}/asking.html`);
    assert.equal(await told("asking"), "true");
    await site.receiver.exception("asking");
    assert.deepEqual(site.receiver.errors().filter(Boolean), ["asking"]);
  } finally {
    await browser.close();
    await site.stop();
    for (const one of [folder, profile]) await rm(one, { recursive: true, force: true });
  }
});

/** Warnings of the development build in a page, by the reason why it does nothing. */
const SAID = {
  "in a frame": { inFrame: true, prepare: () => {}, said: /in a frame.*`embedded: true`/ },
  "with Global Privacy Control": {
    inFrame: false,
    prepare: () => Object.defineProperty(navigator, "globalPrivacyControl", { value: true }),
    said: /asks not to be followed.*`consent: "granted"`/,
  },
};

for (const [name, { inFrame, prepare, said }] of Object.entries(SAID))
  test(`the development build says why init does nothing ${name}, and what to do`, () =>
    visit(
      {
        start: (options) => (inFrame ? "" : asDevelopment(options)),
        body: inFrame ? '<iframe src="/frame"></iframe>' : "",
        prepare: async (page, site) => {
          await page.addInitScript(prepare);
          site.put("/frame", { body: `<!doctype html>${asDevelopment('{ endpoint: "/_t", key: "pk_test", serviceName: "frame" }')}` });
          warnings.length = 0;
          page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
        },
        expected: /\[throughline\] init does nothing/,
      },
      async (page) => {
        const frame = inFrame ? page.frames()[1] : page.mainFrame();
        await frame?.waitForFunction("window.throughline");
        assert.equal(warnings.length, 1);
        assert.match(warnings[0] ?? "", said);
        assert.equal(await frame?.evaluate(`window[Symbol.for("throughline")]`), undefined);
      },
    ));

/** @type {string[]} */
const warnings = [];

const asDevelopment = (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/development/index.js"; window.throughline = init(${options});</script>`;
