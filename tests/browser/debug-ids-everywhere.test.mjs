// @ts-check
// Tests in every browser that an exception says the debug ids of the scripts in its stacks, and no others.

import assert from "node:assert/strict";
import { stamp } from "../../npm/vite-plugin/dist/sourcemaps/stamp.js";
import { asOtlpScript, asPlainOtlp, asScript } from "./chromium.mjs";
import { everywhere } from "./engines.mjs";

const MAP = '{"version":3,"sources":[],"mappings":""}';
const script = (/** @type {string} */ text) => stamp(text, MAP, true) ?? assert.fail("it can be stamped");
// No call is the last thing that a function does: WebKit has no frame of it then.
const [basket, pay, unused] = ["export const total = (of) => { const sum = of(); return sum; };", 'import { total } from "./basket.js"; export const pay = () => { const sum = total(() => { throw new TypeError("no price"); }); return sum; };', "void 0;"].map(script);
/** As Sentry's plugin writes it. */
const SENTRY_ID = "3b18fe71-2c1f-4e3c-9d45-2cfcdbd6ac5b";
const sentry = `!function(){try{var e=globalThis,n=(new e.Error).stack;n&&(e._sentryDebugIds=e._sentryDebugIds||{},e._sentryDebugIds[n]="${SENTRY_ID}")}catch(e){}}();\nexport const refund = () => { throw new TypeError("no order"); };`;

const files = Object.fromEntries([["basket", basket?.script], ["pay", pay?.script], ["unused", unused?.script], ["refund", sentry]].map(([name, body]) => [`/${name}.js`, { body: body ?? "" }]));
const asErrorsOnly = (/** @type {string} */ options) =>
  `<script type="module">import { init } from "/dist/errors-only.js"; window.throughline = init(${options});</script>`;

const STARTS = { "the script": asScript, "plain OTLP": asOtlpScript, "plain OTLP as a module": asPlainOtlp, "errors alone": asErrorsOnly };
for (const [name, start] of Object.entries(STARTS))
  everywhere(`an exception names the scripts in its stack with their debug ids, ${name}`, { start, files }, async (driver, { receiver, origin }) => {
    await driver.evaluate(`(async () => {
      const [{ pay }, { refund }] = await Promise.all(["/pay.js", "/refund.js", "/unused.js"].map((path) => import(path)));
      for (const work of [pay, refund]) setTimeout(work);
    })()`);
    const images = async (/** @type {string} */ message) => {
      const found = /** @type {Record<string, string>[]} */ ((await receiver.exception(message)).attributes["throughline.exception.images"]);
      return found.map((image) => Object.entries(image).sort().flat().join(" ")).sort();
    };
    const of = (/** @type {string} */ file, /** @type {string | undefined} */ id) => `code_file ${origin}/${file} debug_id ${id} type sourcemap`;
    assert.deepEqual(await images("no price"), [of("basket.js", basket?.debugId), of("pay.js", pay?.debugId)]);
    assert.deepEqual(await images("no order"), [of("refund.js", SENTRY_ID)]);
  });
