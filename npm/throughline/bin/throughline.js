#!/usr/bin/env node
// Runs the binary of this platform, which npm has installed as an optional dependency.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';

const platform = `${process.platform}-${process.arch}`;
const name = `@throughline/${platform}`;
const require = createRequire(import.meta.url);

/** The path of the binary; none where its package is not installed. */
function find() {
  try {
    return require.resolve(`${name}/bin/throughline`);
  } catch {
    return undefined;
  }
}

function complain() {
  const { optionalDependencies = {} } = require('../package.json');
  if (name in optionalDependencies) {
    return `the package ${name} is missing. npm leaves it out with --omit=optional and --no-optional, and where node_modules comes from another platform: install again without them.`;
  }
  const known = Object.keys(optionalDependencies).map((it) => it.replace('@throughline/', ''));
  return `there is no binary for ${platform}, only for ${known.join(', ')}. Build it with Rust: cargo install --locked --git https://github.com/throughline/throughline throughline`;
}

const binary = find();
if (binary === undefined) {
  console.error(`throughline: ${complain()}`);
  process.exit(1);
}
const program = spawn(binary, process.argv.slice(2), { stdio: 'inherit' });
// A terminal sends Ctrl-C to both, and the program ends by itself.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) {
  process.on(signal, () => program.kill(signal));
}
program.on('error', (error) => {
  console.error(`throughline: ${binary} cannot be started: ${error.message}`);
  process.exit(1);
});
program.on('exit', (code, signal) => {
  process.exit(code ?? 128 + constants.signals[signal]);
});
