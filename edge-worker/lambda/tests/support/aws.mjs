// SQS and S3 for tests: moto, behind a proxy that can fail.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest } from "node:http";
import { createInterface } from "node:readline";

const path = (name) => new URL(name, import.meta.url).pathname;

export class Aws {
  #process;
  #proxy = createServer((request, response) => this.#pass(request, response));
  #moto;
  /** Faults of the next requests, in their order: "cut", "cut after", "500", "expired", "hang", or "" for none. */
  faults = [];
  /** The requests that came, as "POST AmazonSQS.SendMessage" and "PUT /telemetry/key". */
  requests = [];

  /** Starts it with roles: the statements of the policy of each, or null for those of template.yaml. */
  static async start(roles) {
    const aws = new Aws();
    aws.#process = spawn(path("../.venv/bin/python"), [path("aws.py")], { stdio: ["pipe", "pipe", "inherit"] });
    aws.#process.stdin.write(`${JSON.stringify({ roles })}\n`);
    const [line] = await once(createInterface(aws.#process.stdout), "line");
    const started = JSON.parse(line);
    aws.#moto = started.address;
    aws.#proxy.listen(0, "127.0.0.1");
    await once(aws.#proxy, "listening");
    aws.address = `http://127.0.0.1:${aws.#proxy.address().port}`;
    aws.queueUrl = started.queueUrl.replace(started.address, aws.address);
    /** The variables of a function with each role. */
    aws.environments = {};
    for (const [role, variables] of Object.entries(started.environments)) {
      aws.environments[role] = { ...variables, AWS_ENDPOINT_URL_S3: aws.address };
    }
    return aws;
  }

  stop() {
    this.#process.stdin.end();
    this.#proxy.close();
    this.#proxy.closeAllConnections();
  }

  async #pass(request, response) {
    const body = Buffer.concat(await request.toArray());
    this.requests.push(`${request.method} ${request.headers["x-amz-target"] ?? request.url}`);
    const fault = this.faults.shift();
    if (fault === "hang") return;
    if (fault === "cut") return request.socket.destroy();
    if (fault === "500") return response.writeHead(500).end("");
    if (fault === "expired") return expired(request, response);
    // The queue's URL names this proxy, and moto knows it by its own name.
    const to = { method: request.method, headers: request.headers };
    httpRequest(new URL(request.url, this.#moto), to, (passed) => {
      if (fault === "cut after") return passed.resume().on("end", () => request.socket.destroy());
      response.writeHead(passed.statusCode, passed.headers);
      passed.pipe(response);
    }).end(body);
  }
}

/** As the services say that a token is too old. */
function expired(request, response) {
  const message = "The security token included in the request is expired";
  if (request.headers["x-amz-target"]) {
    const error = { __type: "com.amazon.coral.service#ExpiredTokenException", message };
    response.writeHead(403, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(error));
  } else {
    response.writeHead(403, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?><Error><Code>ExpiredToken</Code><Message>${message}</Message></Error>`);
  }
}
