// An instance of a function: the runtime client in a process of its own, and the Runtime API that
// it asks for invocations.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

export class Instance {
  #server = createServer((request, response) => this.#respond(request, response));
  #process;
  /** The runtime client's request for an invocation, while it waits. */
  #waiting = null;
  /** The invocation in progress, or the one that the runtime client has not taken yet. */
  #invocation = null;
  isEnded = false;

  /** Starts an instance: `folder` has the function, `client` is the runtime client's program. */
  static async start({ folder, client, handler, timeoutMs, environment }) {
    const instance = new Instance();
    instance.timeoutMs = timeoutMs;
    instance.#server.listen(0, "127.0.0.1");
    await once(instance.#server, "listening");
    const { port } = instance.#server.address();
    instance.#process = spawn(process.execPath, [client, handler], {
      cwd: folder,
      stdio: ["ignore", process.stderr, process.stderr],
      env: {
        PATH: process.env.PATH,
        ...FUNCTION,
        ...environment,
        _HANDLER: handler,
        LAMBDA_TASK_ROOT: folder,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      },
    });
    instance.#process.once("exit", (code) => instance.#end(new Error(`the runtime exited with ${code}`)));
    return instance;
  }

  /** The process's id. */
  get id() {
    return this.#process.pid;
  }

  get isBusy() {
    return this.#invocation !== null;
  }

  /** Invokes the function with an event, and returns what its handler returns. */
  async invoke(event) {
    const invocation = { ...withResolvers(), id: randomUUID(), event };
    this.#invocation = invocation;
    // Lambda ends an instance whose time is over.
    const timer = setTimeout(() => {
      this.#process.kill("SIGKILL");
      this.#end(new Error(`the invocation took longer than ${this.timeoutMs} ms`));
    }, this.timeoutMs);
    this.#hand();
    try {
      return await invocation.promise;
    } finally {
      clearTimeout(timer);
      this.#invocation = null;
    }
  }

  stop() {
    this.#process.kill("SIGKILL");
  }

  #end(error) {
    this.isEnded = true;
    this.#invocation?.reject(error);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Gives the invocation to the runtime client, once both are there. */
  #hand() {
    if (!this.#waiting || !this.#invocation) return;
    const { id, event } = this.#invocation;
    this.#waiting.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + this.timeoutMs),
      "lambda-runtime-invoked-function-arn": ARN,
      "lambda-runtime-trace-id": "Root=1-00000000-000000000000000000000000;Sampled=0",
    });
    this.#waiting.end(JSON.stringify(event));
    this.#waiting = null;
  }

  async #respond(request, response) {
    const path = request.url.replace("/2018-06-01/runtime", "");
    if (path === "/invocation/next") {
      this.#waiting = response;
      return this.#hand();
    }
    const chunks = await request.toArray();
    const body = Buffer.concat(chunks).toString("utf8");
    response.writeHead(202, { "content-type": "application/json" }).end("{}");
    if (path.endsWith("/response")) this.#invocation?.resolve(body ? JSON.parse(body) : null);
    else this.#invocation?.reject(new Error(body));
  }
}

function withResolvers() {
  const resolvers = {};
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return resolvers;
}

const ARN = "arn:aws:lambda:eu-west-1:123456789012:function:throughline";
/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime */
const FUNCTION = {
  AWS_REGION: "eu-west-1",
  AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x",
  AWS_LAMBDA_FUNCTION_NAME: "throughline",
  AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
  AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/throughline",
  AWS_LAMBDA_LOG_STREAM_NAME: "local",
  AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
};
