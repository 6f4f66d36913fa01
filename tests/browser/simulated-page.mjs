// @ts-check
// A page without a browser: the script of the package in a realm of its own, with a clock, a
// network and a receiver that a seed drives.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { readBundle, readLogs, readLogsJson, readTraces } from "./otlp.mjs";
import { logsOf, readFacts } from "./receiver.mjs";
import { DIST } from "./site.mjs";

const script = new Script(readFileSync(join(DIST, "throughline.iife.js"), "utf8"));
const otlpModule = readFileSync(join(DIST, "throughline_otlp.wasm"));

/** The entry `keep` as CommonJS, in a function. */
const keepEntry = new Script(`(module, exports) => {${readFileSync(join(DIST, "cjs/keep.js"), "utf8")}}`);

/**
 * The fates of a request: the receiver takes it and responds, responds late, takes it and closes
 * the connection, refuses the connection, never responds, responds with 503, with 503 for an hour,
 * or with 400. With "queue" the page's own requests hold all connections, and the request waits in
 * the browser.
 * @typedef {"take" | "slow" | "close" | "refuse" | "hang" | "busy" | "away" | "reject" | "queue"} Fate
 */
/** @typedef {{ at: number, order: number, ofPage: boolean, work: () => void }} Task */

/** The records and counts of a request. @typedef {Pick<import("./otlp.mjs").Bundle, "batchId" | "spans" | "logs" | "dropped">} Read */

/** A generator of numbers from 0 to 1. @param {number} seed */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    // https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Opens a page; `start` is called with the functions of the entry `keep` right after `init`.
 * @param {() => number} random @param {string} protocol @param {object} [more] further options
 * @param {(keep: { keep(options: object): void, keepNow(): void }) => void} [start]
 */
export async function openPage(random, protocol, more, start) {
  let now = 0;
  /** How much further the wall clock has gone than the page's, ms. */
  let shift = 0;
  let alive = true;
  /** @type {Task[]} */
  const agenda = [];
  /** Tasks that wait while the browser keeps the page for the way back. @type {Task[] | undefined} */
  let frozen;
  let order = 0;
  const later = (/** @type {number} */ wait, /** @type {() => void} */ work, ofPage = true) =>
    agenda.push({ at: now + Math.max(0, wait), order: order++, ofPage, work });

  /** @type {Fate} */
  let fate = "take";
  /** Batches that were posted, by id: whether the receiver has taken and acknowledged them, whether a request outlives the page, and when they were posted. */
  /** @type {Map<string, { batch: Read, taken: boolean, acknowledged: boolean, outlives: boolean, attempts: number[] }>} */
  const batches = new Map();
  /** Ends the requests that do not outlive the page. @type {Set<() => void>} */
  const mortal = new Set();
  let keepaliveBytes = 0;
  let largestKeepalive = 0;
  /** Bytes of requests of the page's own that may outlive it. */
  let own = 0;

  /** @param {string} address @param {{ body: Uint8Array, keepalive: boolean, signal?: AbortSignal }} request */
  const post = (address, { body, keepalive, signal }) => {
    const batch = read(address, Buffer.from(body));
    const known = batches.get(batch.batchId) ?? { batch, taken: false, acknowledged: false, outlives: false, attempts: [] };
    batches.set(batch.batchId, known);
    // https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
    if (keepalive && keepaliveBytes + own + body.length > 64 * 1024) return Promise.reject(new TypeError("Failed to fetch"));
    known.outlives ||= keepalive;
    const posted = now;
    known.attempts.push(now);
    return new Promise((resolve, reject) => {
      const size = keepalive ? body.length : 0;
      keepaliveBytes += size;
      largestKeepalive = Math.max(largestKeepalive, keepaliveBytes);
      let ended = false;
      const end = (/** @type {() => void} */ settle) => {
        if (ended) return;
        ended = true;
        mortal.delete(fail);
        keepaliveBytes -= size;
        if (frozen) frozen.push({ at: now, order: order++, ofPage: true, work: settle });
        else settle();
      };
      const fail = () => end(() => reject(new TypeError("Failed to fetch")));
      signal?.addEventListener("abort", fail);
      if (!keepalive) mortal.add(fail);
      const step = (/** @type {number} */ wait, /** @type {() => void} */ work) => later(wait, () => ended || work(), false);
      const leave = () => {
        // The page's own requests end with it.
        if (fate === "queue" && alive && !frozen) return step(50, leave);
        const mine = fate;
        const latency = mine === "slow" ? 1000 + random() * 8000 : 5 + random() * 200;
        step(latency, () => {
          if (mine === "hang") return;
          if (mine === "refuse") return fail();
          if (mine === "busy" || mine === "reject")
            return end(() => resolve(new Response("", { status: mine === "busy" ? 503 : 400 })));
          if (mine === "away") return end(() => resolve(new Response("", { status: 503, headers: { "retry-after": "3600" } })));
          known.taken = true;
          if (mine === "close") return fail();
          step(latency / 2, () => {
            // The page waits for ten seconds.
            if (now - posted < 10_000) known.acknowledged = true;
            end(() => resolve(new Response("{}")));
          });
        });
      };
      leave();
    });
  };

  const window = world({ random, later, elapsed: () => now, wall: () => ORIGIN + now + shift, post });
  const realm = createContext(window);
  script.runInContext(realm);
  const throughline = window.Throughline.init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web", protocol, ...more });
  if (start) {
    const entry = { exports: {} };
    keepEntry.runInContext(realm)(entry, entry.exports);
    start(/** @type {any} */ (entry.exports));
  }

  /** Runs what is due within `time` ms of the page's time. @param {number} time */
  const pass = async (time) => {
    const until = now + time;
    for (;;) {
      await new Promise(setImmediate);
      agenda.sort((a, b) => a.at - b.at || a.order - b.order);
      const next = agenda[0];
      if (!next || next.at > until) break;
      agenda.shift();
      now = Math.max(now, next.at);
      if (!next.ofPage) next.work();
      else if (frozen) frozen.push(next);
      else if (alive) next.work();
    }
    now = until;
  };
  await pass(100);

  /** @param {string} type @param {object} [more] */
  const dispatch = (type, more) => window.dispatch({ type, ...more });
  /** Browsers say `persisted` of pages that they do not keep in the end, too. @param {boolean} persisted */
  const leave = async (persisted) => {
    dispatch("pagehide", { persisted });
    await new Promise(setImmediate);
    window.visibility = "hidden";
    dispatch("visibilitychange");
    await new Promise(setImmediate);
  };
  return {
    protocol,
    throughline,
    pass,
    batches,
    fetch: (/** @type {string} */ address) => window.fetch(address),
    /** The trace ids in the headers of the page's requests, by address. @type {Map<string, string>} */
    traces: window.traces,
    largestKeepalive: () => largestKeepalive,
    now: () => now,
    wall: () => ORIGIN + now + shift,
    /** The machine sleeps: the wall clock goes on, and the page's does not. Less than 0 sets the wall clock back. */
    sleep: (/** @type {number} */ time) => void (shift += time),
    /** The page has requests of its own that outlive it, with so many bytes. */
    occupy: (/** @type {number} */ bytes) => void (own = bytes),
    receive: (/** @type {Fate} */ now) => void (fate = now),
    hide() {
      window.visibility = "hidden";
      dispatch("visibilitychange");
    },
    show() {
      window.visibility = "visible";
      dispatch("visibilitychange");
    },
    /** Ends the page. */
    async die() {
      await leave(random() < 0.5);
      alive = false;
      mortal.forEach((end) => end());
    },
    /** Leaves the page, which the browser keeps; it ends the requests that do not outlive a page. */
    async freeze() {
      await leave(true);
      frozen = [];
      mortal.forEach((end) => end());
    },
    /** Comes back to the page. */
    thaw() {
      agenda.push(...(frozen ?? []));
      frozen = undefined;
      dispatch("pageshow", { persisted: true });
      window.visibility = "visible";
      dispatch("visibilitychange");
    },
  };
}

/**
 * Reads a Bundle, or an export request, which is known by its bytes: a retry sends the same.
 * @param {string} address @param {Buffer} body
 * @returns {Read}
 */
function read(address, body) {
  if (address.includes("/v1/bundle")) return readBundle(body);
  if (address.includes("/v1/facts")) return { batchId: body.toString("base64"), spans: [], logs: logsOf(readFacts(body)), dropped: {} };
  const spans = address.includes("/v1/traces") ? readTraces(body) : [];
  const all = spans.length ? [] : body[0] === 0x7b ? readLogsJson(body) : readLogs(body);
  const isCount = (/** @type {{ name: string }} */ { name }) => name === "throughline.sdk.dropped";
  const counts = all.filter(isCount).map(({ attributes }) => [attributes["throughline.reason"], Number(attributes["throughline.sdk.dropped.count"])]);
  return { batchId: body.toString("base64"), spans, logs: all.filter((one) => !isCount(one)), dropped: Object.fromEntries(counts) };
}

/**
 * The globals of the page.
 * @param {{ random: () => number, later: (wait: number, work: () => void) => unknown, elapsed: () => number, wall: () => number,
 *   post: (address: string, request: any) => Promise<unknown> }} page
 * @returns {any}
 */
function world({ random, later, elapsed, wall, post }) {
  /** @type {{ type: string, listener: (event: object) => void, capture: boolean, once: boolean }[]} */
  let listeners = [];
  class EventTarget {
    addEventListener(/** @type {string} */ type, /** @type {any} */ listener, /** @type {any} */ options) {
      const capture = options === true || !!options?.capture;
      if (listeners.some((one) => one.type === type && one.listener === listener && one.capture === capture)) return;
      listeners.push({ type, listener, capture, once: !!options?.once });
    }
    removeEventListener() {}
  }
  class Document extends EventTarget {
    get visibilityState() {
      return window.visibility;
    }
    get readyState() {
      return "complete";
    }
    get currentScript() {
      return { src: "https://shop.example/dist/throughline.iife.js", dataset: {} };
    }
    get baseURI() {
      return "https://shop.example/";
    }
    getElementsByTagName() {
      return [];
    }
    querySelector() {
      return null;
    }
  }
  /** @type {any} */
  const window = {
    visibility: "visible",
    EventTarget,
    XMLHttpRequest: class extends EventTarget {
      open() {}
      setRequestHeader() {}
      send() {}
    },
    Document,
    Element: class {},
    MutationObserver: class {
      observe() {}
    },
    ErrorEvent: class {},
    PromiseRejectionEvent: class {},
    document: new Document(),
    location: new URL("https://shop.example/"),
    navigator: { userAgent: "simulated", language: "en" },
    sessionStorage: {},
    performance: { now: elapsed, timeOrigin: ORIGIN, getEntriesByType: () => [] },
    crypto: { getRandomValues: (/** @type {Uint8Array} */ bytes) => bytes.map((_, at) => (bytes[at] = random() * 256)) },
    setTimeout: (/** @type {() => void} */ work, wait = 0) => later(wait, work),
    requestIdleCallback: (/** @type {() => void} */ work) => later(random() * 50, work),
    traces: new Map(),
    fetch(/** @type {any} */ address, /** @type {any} */ init) {
      if (`${address}`.includes("/_t/v1/")) return post(`${address}`, init);
      window.traces.set(`${address}`, new Headers(init?.headers).get("traceparent")?.slice(3, 35));
      return new Promise((resolve) => later(20, () => resolve(new Response(`${address}`.endsWith("/throughline_otlp.wasm") ? otlpModule : ""))));
    },
    URL,
    Headers,
    Request,
    Response,
    Blob,
    AbortController,
    TextEncoder,
    /** Calls the listeners on the way to the target and back. */
    dispatch(/** @type {{ type: string }} */ event) {
      for (const capture of [true, false])
        for (const one of listeners.filter((one) => one.type === event.type && one.capture === capture)) {
          if (one.once) listeners = listeners.filter((other) => other !== one);
          one.listener.call(window, event);
        }
    },
  };
  window.window = window.self = window.top = window;
  window.addEventListener = EventTarget.prototype.addEventListener;
  window.removeEventListener = EventTarget.prototype.removeEventListener;
  window.Date = class extends Date {
    static now = wall;
  };
  window.Math = Object.create(Math, { random: { value: random } });
  window.WebAssembly = { compile: async (/** @type {Bytes} */ bytes) => compiledOnce(bytes), Module: compiledOnce, Instance: WebAssembly.Instance };
  return window;
}

/** Compiles the same module once for all pages. @param {Bytes} bytes */
function compiledOnce(bytes) {
  const module = compiled.get(bytes.byteLength) ?? new WebAssembly.Module(bytes);
  compiled.set(bytes.byteLength, module);
  return module;
}

/** @typedef {Uint8Array<ArrayBuffer> | ArrayBuffer} Bytes */
/** The modules by their length: each page has the same two. @type {Map<number, WebAssembly.Module>} */
const compiled = new Map();

/** The wall clock when the pages begin, ms since the Unix epoch. */
const ORIGIN = Date.UTC(2026, 0, 1);
