// @ts-check
// Tests that the code in docs/logs.md is that of the services.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const guide = new URL('../../docs/logs.md', import.meta.url);

test('each piece of code in docs/logs.md is in the file that the text in front of it names', async () => {
  const text = await readFile(guide, 'utf8');
  let file = '';
  let count = 0;
  for (const [, link, code] of text.matchAll(/\]\((\.\.\/demo-react-app\/services\/[^)]+)\)|```\w+\n(.*?)```/gs)) {
    if (link) {
      file = link;
      continue;
    }
    const source = await readFile(new URL(file, guide), 'utf8');
    assert.ok(source.includes(String(code)), `${file} has no longer:\n${code}`);
    count += 1;
  }
  assert.ok(count >= 11, `${count} pieces of code`);
});
