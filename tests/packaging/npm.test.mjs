// Tests of the npm packages, installed as users do and with no other registry than one of ours.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { emptyFolder, folder, version } from './artifacts.mjs';
import { TRACE_ID, gone, sendTrace, start } from './program.mjs';
import { manifestOf, registry } from './registry.mjs';

const run = promisify(execFile);
const MAIN = `throughline-${version}.tgz`;
const PLATFORM = `throughline-linux-x64-${version}.tgz`;

/** The options of a process whose npm knows this registry alone. */
function withRegistry(url) {
  const cwd = emptyFolder();
  const env = {
    ...process.env,
    npm_config_registry: url,
    npm_config_cache: join(cwd, '.cache'),
    npm_config_userconfig: join(cwd, '.npmrc'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  };
  return { cwd, env };
}

test('npx throughline dev, in an empty folder', async (t) => {
  const packages = await registry(t);
  const options = withRegistry(packages);
  const args = ['--yes', 'throughline', 'dev', '--listen', '127.0.0.1:0'];
  const { url, interrupt } = await start(t, 'npx', args, options);
  await sendTrace(url);
  const trace = await fetch(`${url}/api/traces/${TRACE_ID}`);
  assert.match(await trace.text(), /GET \/packaging/);
  await interrupt();
  await gone(url);
});

test('the packed files are enough, without any registry', async () => {
  const options = withRegistry('http://127.0.0.1:9/');
  const files = [MAIN, PLATFORM].map((name) => join(folder, name));
  await run('npm', ['install', '--offline', ...files], options);
  const { stdout } = await run('npx', ['--offline', 'throughline', '--version'], options);
  assert.equal(stdout, `throughline ${version}\n`);
});

test('SIGTERM ends the program, which closes its store', async (t) => {
  const packages = await registry(t);
  const options = withRegistry(packages);
  await run('npm', ['install', 'throughline'], options);
  const program = join(options.cwd, 'node_modules/.bin/throughline');
  const { url, stop } = await start(t, program, ['dev', '--listen', '127.0.0.1:0'], options);
  assert.deepEqual(await stop(), { code: 0, signal: null });
  await gone(url);
});

test('the exit code is that of the program', async (t) => {
  const url = await registry(t);
  const options = withRegistry(url);
  await run('npm', ['install', 'throughline'], options);
  const program = join(options.cwd, 'node_modules/.bin/throughline');
  await assert.rejects(run(program, ['serve'], options), (error) => {
    assert.equal(error.code, 1);
    assert.match(error.stderr, /throughline --help/);
    return true;
  });
});

test('nothing runs at installation, and nothing else is installed', () => {
  for (const archive of [MAIN, PLATFORM]) {
    const { scripts, dependencies, devDependencies } = manifestOf(archive);
    assert.deepEqual({ scripts, dependencies, devDependencies }, {
      scripts: undefined,
      dependencies: undefined,
      devDependencies: undefined,
    });
  }
  assert.deepEqual(manifestOf(MAIN).optionalDependencies, { '@throughline/linux-x64': version });
  const { os, cpu } = manifestOf(PLATFORM);
  assert.deepEqual({ os, cpu }, { os: ['linux'], cpu: ['x64'] });
});

test('a platform without a binary is told how to build one', async (t) => {
  // npm leaves out an optional package that is for another platform.
  const url = await registry(t, (manifest) =>
    manifest.os ? { ...manifest, os: ['darwin'] } : manifest,
  );
  const options = withRegistry(url);
  await run('npm', ['install', 'throughline'], options);
  const program = join(options.cwd, 'node_modules/throughline/bin/throughline.js');
  await assert.rejects(run('node', [program, 'dev'], options), (error) => {
    assert.equal(error.code, 1);
    assert.match(error.stderr, /^throughline: the package @throughline\/linux-x64 is missing\./);
    return true;
  });
  const other = `Object.defineProperty(process, 'arch', { value: 'riscv64' }); await import('${program}')`;
  await assert.rejects(run('node', ['--input-type=module', '-e', other], options), (error) => {
    assert.match(error.stderr, /no binary for linux-riscv64, only for linux-x64.*cargo install/);
    return true;
  });
});
