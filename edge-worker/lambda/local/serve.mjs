// Runs the function on this machine under AWS's own runtime client, as Lambda runs it: an instance
// has one invocation at a time, and another is started when all are busy.
//
// node serve.mjs PORT FOLDER CLIENT SECRET
import { createServer } from "node:http";
import { sendResult, toEvent } from "./front.mjs";
import { Instance } from "./instance.mjs";

const [port, folder, client, secret] = process.argv.slice(2);

/** The instances, the one that was used last at the end. */
const instances = [];

async function idleInstance() {
  for (let at = instances.length - 1; at >= 0; at -= 1) {
    if (instances[at].isEnded) instances.splice(at, 1);
  }
  const idle = instances.findLast((instance) => !instance.isBusy);
  if (idle) return idle;
  const started = await Instance.start({ folder, client, handler: "index.handler", timeoutMs: TIMEOUT_MS });
  instances.push(started);
  return started;
}

const server = createServer(async (request, response) => {
  try {
    const body = Buffer.concat(await request.toArray());
    const event = toEvent(request, body, { secret });
    if (Buffer.byteLength(JSON.stringify(event)) > MAX_EVENT_BYTES) {
      return sendResult({ statusCode: 413, body: '{"Message":null}' }, request, response);
    }
    const instance = await idleInstance();
    sendResult(await instance.invoke(event), request, response);
  } catch (error) {
    // As a function's URL does.
    console.error(`the function failed: ${error.message}`);
    if (!response.headersSent) sendResult({ statusCode: 502, body: "Internal Server Error" }, request, response);
    else response.destroy();
  }
});
// A path or header that is longer than a function's URL takes is not what is run here.
server.listen(Number(port), "127.0.0.1");

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    for (const instance of instances) instance.stop();
    process.exit(0);
  });
}

/** The timeout of the function, as in template.yaml. */
const TIMEOUT_MS = 30_000;
/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_EVENT_BYTES = 6 * 1024 * 1024;
