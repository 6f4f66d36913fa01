// Sends requests to services of AWS: signed, with a time limit, and again where that can help.
import http from "node:http";
import https from "node:https";
import { credentials, signed } from "./sign.mjs";

/**
 * Sends a request, and returns the status and body of its response, which is a success. It ends by
 * `deadline`, a time of `performance.now()`.
 *
 * @throws {AwsError} when the service refuses it, or does not respond.
 */
export async function send(request, scope, deadline = performance.now() + ATTEMPTS * ATTEMPT_MS) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const { status, body } = await exchange(request, scope, deadline);
      if (status < 300) return { status, body };
      throw refused(scope.service, status, body);
    } catch (error) {
      await again(error, attempt, deadline);
    }
  }
}

/** Waits for the next attempt; throws the error of this one when there is none. */
async function again(error, attempt, deadline) {
  const wait = FIRST_DELAY_MS * 4 ** (attempt - 1) * (0.5 + Math.random());
  const isLate = performance.now() + wait + SHORTEST_MS > deadline;
  if (error.isFinal || attempt === ATTEMPTS || isLate) throw error;
  await new Promise((resolve) => setTimeout(resolve, wait));
}

/** Why a service of AWS did not do what it was asked. */
export class AwsError extends Error {
  /** Status of the response; 0 without one. */
  status;
  /** The service's name of the error, such as `ExpiredToken`, or Node's. */
  code;

  constructor(service, status, code, message) {
    const what = status > 0 ? `responded with ${[status, code].join(" ").trim()}` : `did not respond (${code})`;
    super(`${service} ${what}: ${message}`);
    this.status = status;
    this.code = code;
  }

  /** Whether another attempt can have no other end. */
  get isFinal() {
    return this.status > 0 && this.status < 500 && this.status !== 429 && !THROTTLED.test(this.code);
  }
}

function exchange({ method, url, headers, body }, scope, deadline) {
  const { request, agent } = url.protocol === "https:" ? SECURE : PLAIN;
  return new Promise((resolve, reject) => {
    const limit = Math.max(Math.min(ATTEMPT_MS, Math.floor(deadline - performance.now())), 1);
    const signal = AbortSignal.timeout(limit);
    const fail = (error) => {
      const isLate = signal.aborted;
      const message = isLate ? `it took longer than ${limit} ms` : error.message;
      reject(new AwsError(scope.service, 0, isLate ? "ETIMEDOUT" : error.code, message));
    };
    const all = signed({ method, url, headers, body }, scope, credentials(), new Date());
    all["content-length"] = Buffer.byteLength(body);
    request(url, { method, agent, signal, headers: all }, async (response) => {
      try {
        resolve({ status: response.statusCode, body: Buffer.concat(await response.toArray()) });
      } catch (error) {
        fail(error);
      }
    })
      .on("error", fail)
      .end(body);
  });
}

/** SQS has its errors in JSON, S3 in XML. */
function refused(service, status, body) {
  const text = body.subarray(0, 4096).toString("utf8");
  const code = /"__type"\s*:\s*"(?:[^"]*#)?([^"]+)"/.exec(text) ?? /<Code>([^<]+)</.exec(text);
  const message = /"message"\s*:\s*"([^"]*)"/i.exec(text) ?? /<Message>([^<]+)</.exec(text);
  return new AwsError(service, status, code?.[1] ?? "", message?.[1] ?? "no reason was given");
}

const ATTEMPTS = 3;
const FIRST_DELAY_MS = 50;
/** Of one attempt. Both services respond within a tenth of a second as a rule. */
const ATTEMPT_MS = 1500;
/** The shortest attempt that is worth to be made. */
const SHORTEST_MS = 100;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html */
const THROTTLED = /Throttl|SlowDown/;
const KEPT = { keepAlive: true, timeout: 4000, scheduling: "lifo" };
const PLAIN = { request: http.request, agent: new http.Agent(KEPT) };
const SECURE = { request: https.request, agent: new https.Agent(KEPT) };
