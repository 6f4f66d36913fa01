// Tests of the archives: their binaries run.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder, unpacked, version } from './artifacts.mjs';
import { receiver, sendTrace, start } from './program.mjs';

for (const name of ['throughline', 'throughline-production']) {
  test(`${name}: a trace arrives at the backend`, async (t) => {
    const inside = `${name}-${version}-linux-x64`;
    const folder = join(unpacked(`${inside}.tar.gz`), inside);
    assert.deepEqual(readdirSync(folder).sort(), [
      'LICENSE-APACHE',
      'LICENSE-MIT',
      'README.md',
      'throughline',
      'throughline.schema.json',
      'throughline.service',
      'throughline.sysusers',
      'throughline.toml',
    ]);
    const program = join(folder, 'throughline');
    // Its example is a configuration that can be used.
    execFileSync(program, ['check', 'throughline.toml'], { cwd: folder });

    const backend = await receiver(t);
    const file = join(emptyFolder(), 'throughline.toml');
    writeFileSync(
      file,
      `open = true\n[native]\nlisten = "127.0.0.1:0"\n[backend]\nurl = "${backend.url}"\ncompression = "none"\n`,
    );
    const { url, stop } = await start(t, program, ['--config', file]);
    const health = await fetch(`${url}/healthz`);
    assert.equal(health.status, 200);
    await sendTrace(url);
    const body = await backend.received;
    assert.ok(body.includes('GET /packaging'));
    assert.deepEqual(await stop(), { code: 0, signal: null });
  });
}

test('the binaries are static', { skip: process.env.THROUGHLINE_TRIAL }, () => {
  for (const name of ['throughline', 'throughline-production']) {
    const inside = `${name}-${version}-linux-x64`;
    const program = join(unpacked(`${inside}.tar.gz`), inside, 'throughline');
    const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
    assert.match(stdout, /statically linked|not a dynamic executable/);
  }
});
