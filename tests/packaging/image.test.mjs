// Tests of the container image: an OCI image layout.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { emptyFolder, folder, sha256, unpacked, version, without } from './artifacts.mjs';

const IMAGE = `throughline-${version}-linux-x64.oci.tar`;
const layout = unpacked(IMAGE);
const blob = (digest) => readFileSync(join(layout, 'blobs', ...digest.split(':')));
const json = (bytes) => JSON.parse(bytes.toString());

/** The bytes that a descriptor describes, checked by its size and digest. */
function described(descriptor) {
  const bytes = blob(descriptor.digest);
  assert.equal(bytes.length, descriptor.size);
  assert.equal(`sha256:${sha256(bytes)}`, descriptor.digest);
  return bytes;
}

test('every digest and size is that of its blob, and no blob is left over', () => {
  assert.deepEqual(json(readFileSync(join(layout, 'oci-layout'))), {
    imageLayoutVersion: '1.0.0',
  });
  const index = json(readFileSync(join(layout, 'index.json')));
  const [entry] = index.manifests;
  const manifest = json(described(entry));
  const configuration = json(described(manifest.config));
  const layers = manifest.layers.map(described);
  assert.equal(layers.length, 1);
  assert.deepEqual(
    configuration.rootfs.diff_ids,
    layers.map((layer) => `sha256:${sha256(gunzipSync(layer))}`),
  );
  const used = [entry, manifest.config, ...manifest.layers].map((it) => it.digest.slice(7));
  assert.deepEqual(readdirSync(join(layout, 'blobs/sha256')).sort(), used.sort());
  assert.deepEqual(entry.platform, { architecture: 'amd64', os: 'linux' });
  assert.equal(entry.annotations['org.opencontainers.image.ref.name'], version);
});

test('it runs the binary as a user without rights', () => {
  const index = json(readFileSync(join(layout, 'index.json')));
  const manifest = json(blob(index.manifests[0].digest));
  const { config, created } = json(blob(manifest.config.digest));
  assert.equal(config.User, '65532:65532');
  assert.deepEqual(config.ExposedPorts, { '4317/tcp': {}, '4318/tcp': {} });
  assert.equal(config.Labels['org.opencontainers.image.version'], version);
  assert.match(config.Labels['org.opencontainers.image.revision'], /^[0-9a-f]{40}$/);
  assert.equal(config.Labels['org.opencontainers.image.created'], created);

  const root = emptyFolder();
  execFileSync('tar', ['-xz', '-C', root], { input: blob(manifest.layers[0].digest) });
  assert.match(readFileSync(join(root, 'etc/passwd'), 'utf8'), /^nonroot:x:65532:65532:/);
  const [entrypoint] = config.Entrypoint;
  assert.equal(statSync(join(root, entrypoint)).mode & 0o777, 0o755);
  const said = execFileSync(join(root, entrypoint), ['--version'], { encoding: 'utf8' });
  assert.equal(said, `throughline ${version}\n`);
});

test('skopeo reads it', { skip: without('skopeo') }, () => {
  const archive = `oci-archive:${join(folder, IMAGE)}:${version}`;
  const found = json(execFileSync('skopeo', ['inspect', archive]));
  assert.equal(found.Architecture, 'amd64');
  // It reads every blob, and compares the digests.
  const copy = join(emptyFolder(), 'copy');
  execFileSync('skopeo', ['--insecure-policy', 'copy', '--quiet', archive, `dir:${copy}`]);
});

test('umoci unpacks it', { skip: without('umoci') }, () => {
  const bundle = join(emptyFolder(), 'bundle');
  execFileSync('umoci', ['unpack', '--rootless', '--image', `${layout}:${version}`, bundle]);
  const runtime = json(readFileSync(join(bundle, 'config.json')));
  assert.deepEqual(runtime.process.args, [
    '/usr/local/bin/throughline',
    '--config',
    '/etc/throughline/throughline.toml',
  ]);
  assert.equal(runtime.process.user.uid, 65532);
});
