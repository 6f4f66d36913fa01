// Test of `cargo install`, from the checkout.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder, root, version } from './artifacts.mjs';

// The debug profile shares what the other tests have built.
test('cargo install builds the program by the lock file', () => {
  const into = emptyFolder();
  const args = ['install', '--debug', '--locked', '--offline', '--no-track', '--quiet'];
  const source = ['--path', join(root, 'edge-worker/native'), '--root', into];
  execFileSync('cargo', [...args, ...source], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const said = execFileSync(join(into, 'bin/throughline'), ['--version'], { encoding: 'utf8' });
  assert.equal(said, `throughline ${version}\n`);
});
