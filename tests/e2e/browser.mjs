// @ts-check
// Chromium and addresses for the tests of the shop.

export { launchChromium as launch } from '../launch-chromium.mjs';

/** An address that `cargo xtask` passes in the environment. @param {string} name */
export function address(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this through \`cargo xtask demo --check\` or \`cargo xtask test end\``);
  return value;
}
