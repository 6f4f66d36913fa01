// Tests of the guides: every command in them that is not marked is run, in their order.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { emptyFolder, folder, names, root, without } from './artifacts.mjs';
import { TRACE_ID } from './program.mjs';

/** The blocks of shell commands of a guide. A mark is in the paragraph or heading in front. */
function blocks(guide) {
  const found = [];
  let [heading, paragraph, block] = ['', '', undefined];
  for (const line of readFileSync(join(root, 'docs', guide), 'utf8').split('\n')) {
    if (block !== undefined) {
      if (line === '```') {
        const marked = MARK.test(heading) || MARK.test(paragraph);
        if (block.language === 'sh') found.push({ heading, marked, text: block.text });
        block = undefined;
        paragraph = '';
      } else {
        block.text += `${line}\n`;
      }
    } else if (line.startsWith('```')) {
      block = { language: line.slice(3), text: '' };
    } else if (line.startsWith('#')) {
      [heading, paragraph] = [line.replace(/^#+ /, ''), ''];
    } else if (line !== '') {
      paragraph = line;
    }
  }
  return found;
}

/** Runs commands in a folder that has the artifacts; resolves to what they print. */
async function run(t, text, ports = []) {
  const cwd = emptyFolder();
  for (const name of names()) symlinkSync(join(folder, name), join(cwd, name));
  const free = await Promise.all(ports.map(freePort));
  const script = ports.reduce((it, port, index) => it.replaceAll(port, free[index]), text);
  const env = { ...process.env, npm_config_cache: join(cwd, '.npm') };
  const shell = spawn('sh', ['-eu'], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => {
    try {
      process.kill(-shell.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  });
  let [printed, log] = ['', ''];
  shell.stdout.on('data', (chunk) => (printed += chunk));
  shell.stderr.on('data', (chunk) => (log += chunk));
  shell.stdin.end(script);
  const code = await new Promise((resolve) => shell.on('exit', resolve));
  assert.equal(code, 0, `${log}\n${printed}`);
  return printed;
}

/** A port that nothing listens on. */
async function freePort() {
  const server = createServer();
  await new Promise((it) => server.listen(0, '127.0.0.1', it));
  const { port } = server.address();
  await new Promise((it) => server.close(it));
  return String(port);
}

const MARK = /\*\((account|published|root)\)\*/;
const unmarked = (guide) => blocks(guide).filter(({ marked }) => !marked);

test('docs/native.md ends with the trace', async (t) => {
  const text = unmarked('native.md').map((it) => it.text);
  const printed = await run(t, text.join('\n'), ['4318', '4319']);
  assert.match(printed, /GET \/orders/);
  assert.ok(printed.includes(TRACE_ID));
});

for (const { heading, text } of unmarked('install.md')) {
  // tests/packaging/cargo.test.mjs runs it in the debug profile, which is built already.
  if (heading === 'cargo') continue;
  const program = text.split(' ')[0];
  test(`docs/install.md, ${heading}`, { skip: without(program) }, (t) => run(t, text));
}

test('what is run of docs/install.md', () => {
  const headings = unmarked('install.md').map(({ heading }) => heading);
  assert.deepEqual(headings, ['npm', 'cargo', 'Archive', 'OCI image']);
});
