// @ts-check
// Tests a visit and hostile pages in Firefox.

import { test } from "node:test";
import { FIREFOX, launchFirefox } from "./firefox.mjs";
import { playHostilePages } from "./hostile-pages.mjs";
import { isInstalled } from "./process.mjs";
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
