// @ts-check
// Starts Chromium for the tests of the shop.

import { chromium } from 'playwright-core';

/** Starts Debian's Chromium without background requests. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** An address that `cargo xtask` passes in the environment. @param {string} name */
export function address(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this through \`cargo xtask demo --check\` or \`cargo xtask test end\``);
  return value;
}
