// The artifacts of a release that `cargo xtask release` names in THROUGHLINE_ARTIFACTS.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export const folder = process.env.THROUGHLINE_ARTIFACTS;
if (!folder) {
  throw new Error(
    'THROUGHLINE_ARTIFACTS names no folder: run `cargo xtask release --trial`',
  );
}
export const root = join(import.meta.dirname, '../..');
export const { version } = JSON.parse(
  readFileSync(join(root, 'npm/throughline/package.json'), 'utf8'),
);

/** The names of all artifacts. */
export const names = () => readdirSync(folder);

/** The bytes of an artifact. */
export const read = (name) => readFileSync(join(folder, name));

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** An empty folder that is removed after the tests. */
export function emptyFolder() {
  const made = mkdtempSync(join(tmpdir(), 'throughline-packaging-'));
  after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Unpacks an artifact, or any tar, into an empty folder. */
export function unpacked(archive) {
  const made = emptyFolder();
  execFileSync('tar', ['-xf', join(folder, archive), '-C', made]);
  return made;
}

/** Why a test with this program is skipped; false where it is installed. */
export function without(program) {
  const found = spawnSync(program, ['--version']).error === undefined;
  return found ? false : `${program} is not installed`;
}
