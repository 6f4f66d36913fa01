// @ts-check
// Tests a visit in WebKit, the engine of Safari.

import { test } from "node:test";
import { isInstalled } from "./process.mjs";
import { smoke } from "./smoke.mjs";
import { launchWebkit, WEBKIT } from "./webkit.mjs";

const missing = Object.values(WEBKIT).filter((program) => !isInstalled(program));

test("WebKitGTK", { skip: missing.length > 0 && `not installed: ${missing.join(", ")}` }, async () => {
  const webkit = await launchWebkit();
  try {
    // It measures no largest paint, no layout shifts and no interactions.
    await smoke(webkit, ["fcp", "ttfb"]);
  } finally {
    await webkit.stop();
  }
});
