// @ts-check
// How is the shop opened in a real browser?

import { chromium } from 'playwright-core';

/** Debian's Chromium, quiet: nothing but the shop is asked for. */
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

/** An address handed in by `cargo xtask`. @param {string} name */
export function address(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this through \`cargo xtask demo --check\` or \`cargo xtask test e2e\``);
  return value;
}
