// Tests of what proves the origin of a release: checksums, bill of materials and provenance.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { folder, names, read, root, sha256, version } from './artifacts.mjs';

const BOM = `throughline-${version}.cdx.json`;
const PROVENANCE = `throughline-${version}.intoto.json`;
const json = (name) => JSON.parse(read(name).toString());

test('SHA256SUMS has every other file, and sha256sum agrees', () => {
  const listed = read('SHA256SUMS')
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => line.split('  ')[1]);
  assert.deepEqual([...listed, 'SHA256SUMS'].sort(), names().sort());
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: folder });
});

test('the bill of materials fits the schema of CycloneDX 1.6', async () => {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.equal(await validator.validate(read(BOM).toString()), null);
});

test('the bill of materials has what is linked, and says which build has it', () => {
  const { components, dependencies } = json(BOM);
  const scope = (name) => components.find((it) => it.name === name)?.scope;
  assert.equal(scope('hyper'), 'required');
  assert.equal(scope('throughline-edge'), 'required');
  assert.equal(scope('libsqlite3-sys'), 'optional');
  // It is there for tests alone.
  assert.equal(scope('proptest'), undefined);
  const known = new Set(dependencies.map((it) => it.ref));
  for (const { ref, dependsOn } of dependencies) {
    for (const it of dependsOn) assert.ok(known.has(it), `${ref} builds on ${it}`);
  }
  for (const it of components.filter(({ name }) => !name.startsWith('throughline'))) {
    assert.match(it.hashes[0].content, /^[0-9a-f]{64}$/, it.name);
  }
});

test('the provenance is of every artifact, and names the commit', () => {
  const { _type, subject, predicateType, predicate } = json(PROVENANCE);
  assert.equal(_type, 'https://in-toto.io/Statement/v1');
  assert.equal(predicateType, 'https://slsa.dev/provenance/v1');
  const artifacts = names().filter((name) => ![PROVENANCE, 'SHA256SUMS'].includes(name));
  assert.deepEqual(
    Object.fromEntries(subject.map(({ name, digest }) => [name, digest.sha256])),
    Object.fromEntries(artifacts.map((name) => [name, sha256(read(name))])),
  );
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  const { buildType, externalParameters, resolvedDependencies } = predicate.buildDefinition;
  const command = process.env.THROUGHLINE_TRIAL ? 'release --trial' : 'release';
  assert.equal(externalParameters.command, `cargo xtask ${command}`);
  assert.equal(resolvedDependencies[0].digest.gitCommit, head);
  for (const uri of [buildType, predicate.runDetails.builder.id]) assert.ok(URL.canParse(uri));
});

test('the sources are those of the commit', () => {
  const archive = join(folder, `throughline-${version}-source.tar.gz`);
  const listed = execFileSync('tar', ['-tf', archive], { encoding: 'utf8' });
  assert.ok(listed.includes(`throughline-${version}-source/Cargo.lock\n`));
});
