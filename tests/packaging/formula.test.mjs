// Tests of the Homebrew formula.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder, read, sha256, version, without } from './artifacts.mjs';

test('each archive has the checksum that the formula says', () => {
  const formula = read('throughline.rb').toString();
  assert.doesNotMatch(formula, /\{(version|[a-z0-9-]+\.sha256)\}/);
  const archives = [...formula.matchAll(/url ".*\/(.*)"\n\s*sha256 "(.*)"/g)];
  assert.deepEqual(
    archives.map(([, name]) => name),
    [`throughline-${version}-linux-x64.tar.gz`, `throughline-${version}-source.tar.gz`],
  );
  for (const [, name, sum] of archives) assert.equal(sum, sha256(read(name)));
});

test('it is Ruby', { skip: without('ruby') }, () => {
  execFileSync('ruby', ['-cw', join(folder, 'throughline.rb')]);
});
