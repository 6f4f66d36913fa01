// @ts-check
// A page without a browser: the script of the package in a realm of its own, with a clock, a
// network and a receiver that a seed drives.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { readBundle } from "./otlp.mjs";
import { DIST } from "./site.mjs";

const script = new Script(readFileSync(join(DIST, "throughline.iife.js"), "utf8"));

/**
 * The fates of a request: the receiver takes it and responds, responds late, takes it and closes
 * the connection, refuses the connection, never responds, responds with 503, or with 400.
 * @typedef {"take" | "slow" | "close" | "refuse" | "hang" | "busy" | "reject"} Fate
 */

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

/** Opens a page. @param {() => number} random */
export async function openPage(random) {
  let now = 0;
  let alive = true;
  /** @type {{ at: number, order: number, ofPage: boolean, work: () => void }[]} */
  const agenda = [];
  let order = 0;
  const later = (/** @type {number} */ wait, /** @type {() => void} */ work, ofPage = true) =>
    agenda.push({ at: now + Math.max(0, wait), order: order++, ofPage, work });

  /** @type {Fate} */
  let fate = "take";
  /** Batches that were posted, by id, and whether the receiver has taken and acknowledged them. */
  /** @type {Map<string, { batch: ReturnType<typeof readBundle>, taken: boolean, acknowledged: boolean }>} */
  const batches = new Map();
  let keepaliveBytes = 0;
  let largestKeepalive = 0;

  /** @param {{ body: Uint8Array, keepalive: boolean, signal?: AbortSignal }} request */
  const post = ({ body, keepalive, signal }) => {
    const batch = readBundle(Buffer.from(body));
    const known = batches.get(batch.batchId) ?? { batch, taken: false, acknowledged: false };
    batches.set(batch.batchId, known);
    const mine = fate;
    const posted = now;
    return new Promise((resolve, reject) => {
      const size = keepalive ? body.length : 0;
      keepaliveBytes += size;
      largestKeepalive = Math.max(largestKeepalive, keepaliveBytes);
      const end = (/** @type {() => void} */ settle) => {
        keepaliveBytes -= size;
        settle();
      };
      const fail = () => end(() => reject(new TypeError("Failed to fetch")));
      let aborted = false;
      signal?.addEventListener("abort", () => {
        aborted = true;
        fail();
      });
      const latency = mine === "slow" ? 1000 + random() * 8000 : 5 + random() * 200;
      // A request of a page that has ended goes on only if it was a keepalive request.
      const step = (/** @type {number} */ wait, /** @type {() => void} */ work) =>
        later(wait, () => (alive || keepalive) && !aborted && work(), false);
      step(latency, () => {
        if (mine === "hang") return;
        if (mine === "refuse") return fail();
        if (mine === "busy" || mine === "reject")
          return end(() => resolve(new Response("", { status: mine === "busy" ? 503 : 400 })));
        known.taken = true;
        if (mine === "close") return fail();
        step(latency / 2, () => {
          // The page waits for ten seconds.
          if (now - posted < 10_000) known.acknowledged = true;
          end(() => resolve(new Response("{}")));
        });
      });
    });
  };

  const window = world({ random, later, elapsed: () => now, post });
  script.runInContext(createContext(window));
  const throughline = window.Throughline.init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });

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
      if (alive || !next.ofPage) next.work();
    }
    now = until;
  };
  await pass(100);

  /** @param {string} type @param {object} [more] */
  const dispatch = (type, more) => window.dispatch({ type, ...more });
  return {
    throughline,
    pass,
    batches,
    fetch: (/** @type {string} */ address) => window.fetch(address),
    largestKeepalive: () => largestKeepalive,
    now: () => now,
    receive: (/** @type {Fate} */ now) => void (fate = now),
    hide() {
      window.visibility = "hidden";
      dispatch("visibilitychange");
    },
    show() {
      window.visibility = "visible";
      dispatch("visibilitychange");
    },
    die() {
      window.visibility = "hidden";
      dispatch("pagehide", { persisted: false });
      dispatch("visibilitychange");
      alive = false;
    },
  };
}

/**
 * The globals of the page.
 * @param {{ random: () => number, later: (wait: number, work: () => void) => unknown, elapsed: () => number,
 *   post: (request: any) => Promise<unknown> }} page
 * @returns {any}
 */
function world({ random, later, elapsed, post }) {
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
    get baseURI() {
      return "https://shop.example/";
    }
    querySelectorAll() {
      return [];
    }
    querySelector() {
      return null;
    }
  }
  const origin = Date.UTC(2026, 0, 1);
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
    performance: { now: elapsed, timeOrigin: origin, getEntriesByType: () => [] },
    crypto: { getRandomValues: (/** @type {Uint8Array} */ bytes) => bytes.map((_, at) => (bytes[at] = random() * 256)) },
    setTimeout: (/** @type {() => void} */ work, wait = 0) => later(wait, work),
    requestIdleCallback: (/** @type {() => void} */ work) => later(random() * 50, work),
    fetch: (/** @type {any} */ address, /** @type {any} */ init) =>
      `${address}`.includes("/_t/v1/") ? post(init) : new Promise((resolve) => later(20, () => resolve(new Response("")))),
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
  window.window = window.self = window;
  window.addEventListener = EventTarget.prototype.addEventListener;
  window.removeEventListener = EventTarget.prototype.removeEventListener;
  window.Date = class extends Date {
    static now = () => origin + elapsed();
  };
  window.WebAssembly = { ...wasm(), Instance: WebAssembly.Instance };
  return window;
}

/** Compiles at once, and the same module once for all pages. */
function wasm() {
  return {
    compile: async (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => (compiled ??= new WebAssembly.Module(bytes)),
  };
}

/** @type {WebAssembly.Module | undefined} */
let compiled;
