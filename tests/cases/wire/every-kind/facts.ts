// Facts of every kind as capture records them, every field set.

import type { Fact } from "../../../../npm/browser/src/generated/facts.js";
import { asFields, asOwn, SIGN } from "../../../../npm/browser/src/reporting/typed.js";

const IDS = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "03"] as const;
const TIMING = [101, 102, 103, 104, 105, 106, 107, 108, 109, 110, "2"] as const;
const VALUES = { "cart.items": 3, "cart.change": -5n, "cart.total": 1.5, beta: true, note: "", back: "/?token=secret", flags: ["a", "/?token=secret"], sizes: [1.25, 0.5] };
const OWN = asFields(["app.plan", "pro", "user.id", "7", ...Object.entries(VALUES).flatMap(([name, value]) => [name, asOwn(value)!]), SIGN, `left${SIGN}out`]);

export const facts: readonly Fact[] = [
  ["H", 2, "0.1.0", "shop-web", "1.2.3", "production", "Mozilla/5.0", "en-GB", "Linux", 1, ["Chromium 156", "Not:A\x1dBrand 8"], "bot"],
  ["C", "session", "https://shop.example/basket", ...OWN],
  ["M", 1700000000001],
  ["S", 11, ...IDS, "before"],
  ["N", 21, 22, ...IDS, "b7ad6b7169203331", "documentLoad", ...TIMING, "1a076f743d74683a30", 111],
  [
    "I", 31, 32, ...IDS, "",
    [["b", null, null, null, null], ["button", "1.buy", null, null, null], ["main", null, "md:shop  wide", null, null], []],
    2, "1a076f743d74683a38",
  ],
  [
    "F", 41, 42, ...IDS, "aaaaaaaaaaaaaaaa", "https://[::1]/orders", "get", 1, 503, "TypeError",
    new URL("https://[::1]/orders"), " /orders", "4a070a016e12021807", ...TIMING,
  ],
  ["R", "https://[::1]/orders", IDS[0], 51, 52, ...TIMING, IDS[1]],
  [
    "E", 61, ...IDS, "onerror", "Uncaught", "https://shop.example/a.js", 62, 63,
    "RangeError", "too many", "RangeError: too many\n    at f (a.js:1:1)",
    ["TypeError", "no price", "TypeError: no price\n    at f (https://shop.example/b.js:2:2)", "string", "offline", ""], "", "", 2, ["0", "0c"],
  ],
  ["E", 64, ...IDS, "captureException", "", "", "", "", "Error", "handled", "Error: handled\n    at f (a.js:1:1)", [], 1, 17, 1, []],
  ["E", 65, ...IDS, "onunhandledrejection", "undefined", "", "", "", "", "", "", [], "", "", "", []],
  ["L", 66, ...IDS, 9, "a message", "cart.opened", ["app.from", "menu"], "320a0a03612e62120318b90a"],
  ["P", 67, 68, ...IDS, "aaaaaaaaaaaaaaaa", "checkout", ["app.step", "pay", "url.path", "/a?token=secret"], "3003"],
  ["W", 69, ...IDS, "lcp", 2600000, 0, "visit-", "reload", ["a.element", "p"]],
  ["T", 71, ...IDS, "trap", new Error("the\x1dmodule\x1eis\x1funreachable")],
  ["D", 72, ...IDS, "requests", "read-only"],
  ["X", "queue_full", 81],
  ["a", 91, 92, 93, 94, 1, 1, 95, ...IDS, "visit", "reload", ["a.request", 96500]],
  ["p", 111, ["a.state", "loading"]],
  ["l", 112],
  ["s", 113, 114],
  ["i", 115, 116, 117],
  ["f", 118, ["a.element", "p"]],
  ["v", 119, 120, 1, ["a.shift", 40], ["a.delay", 8000], ...IDS, ...IDS],
];
