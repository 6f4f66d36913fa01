// Runs the program, and sends a trace through it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/** Starts the program for a test; resolves to its address and what ends it, once it listens. */
export async function start(t, command, args, options = {}) {
  const stdio = ['ignore', 'ignore', 'pipe'];
  // A group of its own: what it starts in turn ends with it.
  const program = spawn(command, args, { ...options, stdio, detached: true });
  t.after(() => {
    try {
      process.kill(-program.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  });
  const ended = new Promise((resolve) => {
    program.on('exit', (code, signal) => resolve({ code, signal }));
  });
  let log = '';
  const url = await new Promise((resolve, reject) => {
    program.on('error', reject);
    program.on('exit', () => reject(new Error(`it ended: ${log}`)));
    program.stderr.on('data', (chunk) => {
      log += chunk;
      const found = /http:\/\/[0-9.:]+/.exec(log);
      if (found) resolve(found[0]);
    });
  });
  const stop = () => {
    program.kill('SIGTERM');
    return ended;
  };
  /** Sends SIGINT to the whole group, as a terminal does. */
  const interrupt = () => {
    process.kill(-program.pid, 'SIGINT');
    return ended;
  };
  return { url, stop, interrupt };
}

/** Resolves once nothing listens at the address. */
export async function gone(url) {
  while (await fetch(url).catch(() => false)) await setTimeout(50);
}

/** An OTLP receiver; `received` resolves to the first request for traces. */
export async function receiver(t) {
  let resolve;
  const received = new Promise((it) => (resolve = it));
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    response.end();
    if (request.url === '/v1/traces') resolve(Buffer.concat(chunks));
  });
  await new Promise((it) => server.listen(0, '127.0.0.1', it));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${server.address().port}`, received };
}

/** Posts a trace of one span. */
export async function sendTrace(url, headers = {}) {
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(TRACE),
  });
  assert.equal(response.status, 200, await response.text());
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACE = {
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'packaging' } }] },
      scopeSpans: [
        {
          spans: [
            {
              traceId: TRACE_ID,
              spanId: 'b7ad6b7169203331',
              name: 'GET /packaging',
              kind: 2,
              startTimeUnixNano: `${Date.now()}000000`,
              endTimeUnixNano: `${Date.now() + 5}000000`,
            },
          ],
        },
      ],
    },
  ],
};
