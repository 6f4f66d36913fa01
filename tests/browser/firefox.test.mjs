// @ts-check
// Tests a visit in Firefox.

import { test } from "node:test";
import { FIREFOX, launchFirefox } from "./firefox.mjs";
import { isInstalled } from "./process.mjs";
import { smoke } from "./smoke.mjs";

test("Firefox", { skip: !isInstalled(FIREFOX) && `${FIREFOX} is not installed` }, async () => {
  const firefox = await launchFirefox();
  try {
    // It does not measure layout shifts.
    await smoke(firefox, ["fcp", "inp", "lcp", "ttfb"]);
  } finally {
    await firefox.stop();
  }
});
