// @ts-check
// Tests a visit and hostile pages in WebKit, the engine of Safari.

import { test } from "node:test";
import { playHostilePages } from "./hostile-pages.mjs";
import { isInstalled } from "./process.mjs";
import { smoke } from "./smoke.mjs";
import { launchWebkit, WEBKIT } from "./webkit.mjs";

const missing = Object.values(WEBKIT).filter((program) => !isInstalled(program));

const skip = missing.length > 0 && `not installed: ${missing.join(", ")}`;

test("WebKitGTK", { skip }, async () => {
  const webkit = await launchWebkit();
  try {
    await smoke(webkit, "WebKitGTK");
  } finally {
    await webkit.stop();
  }
});

test("hostile pages in WebKitGTK", { skip }, async (t) => {
  const webkit = await launchWebkit();
  try {
    await playHostilePages(webkit, async (name, work) => void (await t.test(name, work)));
  } finally {
    await webkit.stop();
  }
});
