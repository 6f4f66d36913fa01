// @ts-check
// Tests a visit and hostile pages in Firefox, and its Global Privacy Control.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asScript, putPage } from "./chromium.mjs";
import { FIREFOX, launchFirefox } from "./firefox.mjs";
import { playHostilePages } from "./hostile-pages.mjs";
import { isInstalled } from "./process.mjs";
import { serve } from "./site.mjs";
import { smoke } from "./smoke.mjs";

const skip = !isInstalled(FIREFOX) && `${FIREFOX} is not installed`;

test("Firefox", { skip }, async () => {
  const firefox = await launchFirefox();
  try {
    await smoke(firefox, "Firefox");
  } finally {
    await firefox.stop();
  }
});

test("hostile pages in Firefox", { skip }, async (t) => {
  const firefox = await launchFirefox();
  try {
    await playHostilePages(firefox, async (name, work) => void (await t.test(name, work)));
  } finally {
    await firefox.stop();
  }
});

test("a visitor who has turned Global Privacy Control on in Firefox is followed with consent alone", { skip }, async () => {
  const firefox = await launchFirefox({ "privacy.globalprivacycontrol.enabled": true, "privacy.globalprivacycontrol.functionality.enabled": true });
  const site = await serve();
  const report = (/** @type {string} */ name) =>
    `(async () => { throughline.captureException(new Error("${name}")); await fetch("/api/echo?${name}"); await throughline.flush(); return [navigator.globalPrivacyControl, sessionStorage.length]; })()`;
  try {
    putPage(site, "/", { start: asScript });
    await firefox.goto(`${site.origin}/`);
    assert.deepEqual(await firefox.evaluate(report("without")), [true, 0]);
    const [request] = site.apiRequests;
    assert.equal(request?.headers["sec-gpc"], "1", "the browser says so to servers too");
    assert.equal(request?.headers["traceparent"], undefined);

    putPage(site, "/agreed", { start: asScript, options: () => ({ consent: "granted" }) });
    await firefox.goto(`${site.origin}/agreed`);
    await firefox.evaluate(report("with"));
    await site.receiver.exception("with");
    assert.match(String(site.apiRequests[1]?.headers["traceparent"]), /-03$/);
    assert.deepEqual(site.receiver.errors().filter(Boolean), ["with"]);
  } finally {
    await firefox.stop();
    await site.stop();
  }
});
