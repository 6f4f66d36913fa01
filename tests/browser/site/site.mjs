// @ts-check
// What does a test's page talk to: its own site, other origins, and the receiver?

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { readBundle, readLogs, readTraces } from "./otlp.mjs";

/**
 * @typedef {import("./otlp.mjs").Span} Span
 * @typedef {import("./otlp.mjs").Log} Log
 * @typedef {{ path: string, key: string | null, type: string | undefined, body: Buffer, batchId?: string, dropped?: Record<string, number> }} Post
 * @typedef {{ host: string, method: string, path: string, headers: import("node:http").IncomingHttpHeaders, body: string }} Call
 * @typedef {{ status?: number, headers?: Record<string, string>, body?: string, after?: Promise<unknown> }} Answer
 */

/** The package as it is published. */
export const DIST = new URL("../../../npm/browser/dist/", import.meta.url);

/** A site of one test, on ports of its own. */
export class Site {
  /** Everything that was received and could be read. @type {Span[]} */
  spans = [];
  /** @type {Log[]} */
  logs = [];
  /** Every request to the receiver. @type {Post[]} */
  posts = [];
  /** Every request to the API, on whatever origin. @type {Call[]} */
  calls = [];
  /** What the receiver answers, one for each request, then 200. @type {Answer[]} */
  answers = [];
  /** What is served instead of a file of the package. @type {Map<string, string>} */
  instead = new Map();
  /** @type {Map<string, { html: string, headers: Record<string, string> }>} */
  #pages = new Map();
  /** @type {import("node:http").Server[]} */
  #servers = [];
  /** @type {Set<() => void>} */
  #waiting = new Set();

  static async open() {
    if (!existsSync(new URL("index.js", DIST))) throw new Error("npm/browser/dist is missing: run `cargo xtask wasm`");
    const site = new Site();
    for (let count = 0; count < 3; count++) {
      const server = createServer((request, response) => void site.#answer(request, response));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      site.#servers.push(server);
    }
    return site;
  }

  async close() {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  /** The page's own origin, then two others. @param {number} index */
  origin(index = 0) {
    const address = /** @type {import("node:net").AddressInfo} */ (this.#servers[index]?.address());
    return `http://127.0.0.1:${address.port}`;
  }

  /**
   * Puts up a page and gives its address.
   * @param {string} html
   * @param {Record<string, string>} [headers]
   */
  page(html, headers = {}) {
    const path = `/page/${this.#pages.size}`;
    this.#pages.set(path, { html, headers });
    return this.origin() + path;
  }

  /**
   * Waits until `found` finds something in what was received.
   * @template T
   * @param {string} what
   * @param {(site: Site) => T | undefined | null | false | "" | 0} found
   * @returns {Promise<T>}
   */
  async until(what, found, within = 15_000) {
    const end = Date.now() + within;
    for (;;) {
      const result = found(this);
      if (result) return result;
      const left = end - Date.now();
      if (left <= 0) throw new Error(`${what} did not come within ${within} ms\n${this.#summary()}`);
      await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** @param {(span: Span) => unknown} test */
  span(test) {
    return this.until("the span", (site) => site.spans.find(test));
  }

  /** @param {(log: Log) => unknown} test */
  log(test) {
    return this.until("the log record", (site) => site.logs.find(test));
  }

  #summary() {
    return [
      ...this.posts.map(({ path, body }) => `posted ${path} (${body.length} bytes)`),
      ...this.spans.map(({ name, attributes }) => `span ${name} ${attributes["url.full"] ?? ""}`),
      ...this.logs.map(({ name, attributes }) => `log ${name} ${attributes["exception.message"] ?? attributes["browser.web_vital.name"] ?? ""}`),
    ].join("\n");
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async #answer(request, response) {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // The page went away in the middle.
    }
    const body = Buffer.concat(chunks);
    const url = new URL(request.url ?? "/", "http://site");
    for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    if (request.method == "OPTIONS") response.writeHead(204).end();
    else if (url.pathname.startsWith("/_t/")) await this.#receive(url, request.headers["content-type"], body, response);
    else if (url.pathname.startsWith("/api/")) this.#call(url, request, body, response);
    else this.#file(url, response);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /**
   * @param {URL} url
   * @param {string | undefined} type
   * @param {Buffer} body
   * @param {import("node:http").ServerResponse} response
   */
  async #receive(url, type, body, response) {
    const path = url.pathname.slice("/_t/v1/".length);
    /** @type {Post} */
    const post = { path, key: url.searchParams.get("key"), type, body };
    const answer = this.answers.shift() ?? {};
    await answer.after;
    const taken = (answer.status ?? 200) == 200;
    if (path == "bundle") {
      const { spans, logs, batchId, dropped } = readBundle(body);
      Object.assign(post, { batchId, dropped });
      if (taken) this.spans.push(...spans);
      if (taken) this.logs.push(...logs);
    } else if (taken && type == "application/x-protobuf") {
      if (path == "traces") this.spans.push(...readTraces(body));
      else this.logs.push(...readLogs(body));
    }
    this.posts.push(post);
    response.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
  }

  /**
   * @param {URL} url
   * @param {import("node:http").IncomingMessage} request
   * @param {Buffer} body
   * @param {import("node:http").ServerResponse} response
   */
  #call(url, { method = "", headers }, body, response) {
    this.calls.push({ host: headers.host ?? "", method, path: url.pathname, headers, body: body.toString() });
    const parent = String(headers["traceparent"] ?? "");
    if (parent) response.setHeader("server-timing", `trace;desc=${parent.slice(0, 36)}1234567812345678-03`);
    const status = Number(/^\/api\/status\/(\d+)/.exec(url.pathname)?.[1] ?? 200);
    if (url.pathname == "/api/never") return;
    response.writeHead(status, { "content-type": "application/json", "timing-allow-origin": "*" }).end('{"ok":true}');
  }

  /**
   * @param {URL} url
   * @param {import("node:http").ServerResponse} response
   */
  #file(url, response) {
    const page = this.#pages.get(url.pathname);
    if (page) return void response.writeHead(200, { "content-type": "text/html", ...page.headers }).end(page.html);
    const name = url.pathname.slice(1);
    const type = name.endsWith(".js") ? "text/javascript" : "application/octet-stream";
    const instead = this.instead.get(name);
    if (instead != undefined) return void response.writeHead(200, { "content-type": type }).end(instead);
    const file = new URL(name, DIST);
    if (!file.href.startsWith(DIST.href) || !existsSync(file)) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": type }).end(readFileSync(file));
  }
}

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "content-type, traceparent, x-own",
  "access-control-expose-headers": "retry-after",
};

/** A page that starts the package as a module. @param {string} body @param {string} [options] */
export const withPackage = (body, options = "") => `<!doctype html><meta charset="utf-8"><title>test</title>
<script type="module">
  import { init } from "/index.js";
  window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "test-page", ${options} });
  window.ready = true;
</script>
${body}`;
