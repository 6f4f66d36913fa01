// @ts-check
// Tests a module beside the JavaScript package in a simulated page: what the module puts into the
// package's shared functions, and takes away again.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

/** As of npm/browser/src/context/span-context.ts. @typedef {[trace: string, id: string, flags: string]} Span */
/** Places of `shared`: npm/browser/src/context/record.ts. */
const [CURRENT, PLACE, NOTIFY] = [3, 4, 6];

const page = /** @type {Record<PropertyKey, unknown>} */ (/** @type {unknown} */ (globalThis));
/** The listeners of the page, by their events. @type {Record<string, unknown[]>} */
const listeners = {};
/** Called with each request of the page. @type {(request: Request) => void} */
let requested = () => {};
simulate();

const LOAD = span("1");
/** The facts that the package has kept. @type {unknown[]} */
const kept = [];
/** @type {any[]} */
const shared = [[], undefined, undefined, () => [LOAD], () => ["C", "5".repeat(32), "", []], undefined, (/** @type {unknown} */ fact) => kept.push(fact)];

const BUILT = join(import.meta.dirname, "../../target/examples/joined");
const module = await import(join(BUILT, "joined.js"));
module.initSync({ module: await readFile(join(BUILT, "joined_bg.wasm")) });
assert.equal(module.start(), undefined);

test("a package that starts after the module is joined by the module's next span", () => {
  const [before] = shared.slice(CURRENT);
  page[Symbol.for("throughline")] = { shared };
  module.span();
  assert.notEqual(shared[CURRENT], before);
  let open;
  const own = module.within(() => ([open] = shared[CURRENT]()));
  assert.equal(open?.[1], idOf(own));
});

test("calls in spans of the page leave nothing in the shared functions", () => {
  const joined = shared[CURRENT];
  for (let call = 0; call < 100; call++)
    withSpan("2", () => {
      module.span();
      module.within(() => {});
      module.request();
    });
  assert.equal(shared[CURRENT], joined);
  assert.deepEqual(shared[CURRENT](), [LOAD]);
});

test("the innermost span is the open one, whichever side has opened it", () => {
  assert.equal(idOf(withSpan("2", module.current)), idIn("2"));
  const seen = () => shared[CURRENT]()[0][1];
  let inModule;
  const own = withSpan("2", () => module.within(() => (inModule = seen())));
  assert.equal(inModule, idOf(own));
  let inPage;
  module.within(() => (inPage = withSpan("3", seen)));
  assert.equal(inPage, idIn("3"));
  assert.equal(seen(), LOAD[1]);
});

test("a request of the module is recorded there alone", () => {
  for (const call of [module.request, () => withSpan("4", module.request), () => module.within(() => withSpan("4", module.request))]) {
    let [parent, header] = /** @type {(string | null)[]} */ ([null, null]);
    requested = (request) => {
      parent = shared[CURRENT]()[0][1];
      header = request.headers.get("traceparent");
    };
    call();
    assert.equal(parent, idOf(header));
    // Request facts of crates/throughline-wire/facts.toml.
    const fact = ["F", 0, 1, "", "", "", parent];
    assert.equal(isKept(fact), false);
    assert.equal(isKept(fact), true, "another one with this parent");
  }
});

test("a panic ends its span, and of the page's errors its own alone is not kept", async () => {
  const trap = ["E", 0, "", "", "", "onerror", "", "", 1, 1, "RuntimeError"];
  const { error } = console;
  console.error = () => {};
  assert.throws(module.fail, WebAssembly.RuntimeError);
  assert.deepEqual(shared[CURRENT](), [LOAD]);
  assert.equal(isKept(trap), false);
  assert.equal(isKept(trap), true, "the next");
  assert.throws(module.fail, WebAssembly.RuntimeError);
  console.error = error;
  // The page catches it, and goes on.
  for (let task = 0; task < 3; task++) await new Promise((resolve) => setTimeout(resolve));
  assert.equal(isKept(trap), true, "one of a later task");
});

test("after the shutdown of the package its functions throw whatever the module does", () => {
  const refuse = () => {
    throw new Error("ended");
  };
  shared[CURRENT] = shared[PLACE] = shared[NOTIFY] = refuse;
  module.span();
  let thrown;
  module.within(() => {
    try {
      shared[CURRENT]();
    } catch (error) {
      thrown = error;
    }
  });
  assert.match(String(thrown), /ended/);
  module.request();
  module.shutdown();
  assert.equal(module.start(), undefined);
  module.span();
  assert.throws(shared[CURRENT], /ended/);
});

test("a module that starts again listens once", () => {
  module.shutdown();
  assert.equal(module.start(), undefined);
  for (const [event, all] of Object.entries(listeners)) assert.equal(all.length, 1, event);
  assert.ok(listeners.click);
});

test("a browser that asks not to be followed is not", () => {
  module.shutdown();
  Object.assign(/** @type {object} */ (page.navigator), { globalPrivacyControl: true });
  assert.equal(module.start(), undefined);
  assert.equal(module.within(() => {}), undefined);
});

/** Opens a span around `work`, as npm/browser/src/tracing/active.ts. @template T @param {string} digit @param {() => T} work */
function withSpan(digit, work) {
  const before = shared[CURRENT];
  let isOpen = true;
  const current = () => {
    const outer = before();
    return isOpen ? [span(digit)] : outer;
  };
  shared[CURRENT] = current;
  try {
    return work();
  } finally {
    isOpen = false;
    if (shared[CURRENT] == current) shared[CURRENT] = before;
  }
}

/** Whether the package keeps a fact. @param {unknown[]} fact */
function isKept(fact) {
  try {
    shared[NOTIFY](fact);
  } catch {
    return false;
  }
  return kept.pop() === fact;
}

/** A span whose id is this digit. @param {string} digit @returns {Span} */
function span(digit) {
  return ["a".repeat(32), idIn(digit), "03"];
}

/** @param {string} digit */
function idIn(digit) {
  return digit.repeat(16);
}

/** The id in a `traceparent`. @param {string | null | undefined} header */
function idOf(header) {
  return header?.split("-")[2];
}

/** Makes a page of this realm: all that the module asks of a browser. */
function simulate() {
  const url = "https://shop.example/cart";
  page.Window = class {
    /** @param {unknown} value */
    static [Symbol.hasInstance](value) {
      return value === page;
    }
  };
  const browser = {
    window: page,
    top: page,
    self: page,
    origin: new URL(url).origin,
    location: { href: url, origin: new URL(url).origin },
    document: { baseURI: url, readyState: "complete", visibilityState: "visible", querySelector: () => null },
    sessionStorage: { getItem: () => null, setItem: () => {} },
    addEventListener: (/** @type {string} */ event, /** @type {unknown} */ listener) => (listeners[event] ??= []).push(listener),
    fetch: async (/** @type {unknown} */ request) => {
      if (request instanceof Request) requested(request);
      return new Response();
    },
    navigator: { userAgent: "test", language: "en" },
  };
  for (const [name, value] of Object.entries(browser)) Object.defineProperty(page, name, { value, configurable: true });
}
