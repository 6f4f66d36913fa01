// @ts-check
// Drives Firefox by WebDriver BiDi: https://w3c.github.io/webdriver-bidi/

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { start } from "./process.mjs";
import { codeOf } from "./smoke.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */

/** The program; FIREFOX names another one. */
export const FIREFOX = process.env.FIREFOX ?? "firefox-esr";

/** Starts Firefox with a new profile, which has these preferences, and one page. @param {Record<string, boolean>} [preferences] @returns {Promise<Driver>} */
export async function launchFirefox(preferences = {}) {
  const profile = await mkdtemp(join(tmpdir(), "throughline-firefox-"));
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
  await writeFile(join(profile, "user.js"), lines.join(""));
  const args = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"];
  const { line, stop, pid } = await start(FIREFOX, args, /WebDriver BiDi listening on (ws:\S+)/);
  const ask = await connect(`${line[1]}/session`);
  await ask("session.new", { capabilities: {} });
  const { contexts } = await ask("browsingContext.getTree", {});
  const context = contexts[0].context;

  /** @param {string} expression */
  const evaluate = async (expression) => {
    // As JSON text, because BiDi has its own representation of values.
    const { result, exceptionDetails } = await ask("script.evaluate", {
      expression: `(async () => JSON.stringify((await (${expression})) ?? null))()`,
      target: { context },
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return JSON.parse(result.value);
  };

  return {
    goto: async (url) => void (await ask("browsingContext.navigate", { context, url, wait: "complete" })),
    evaluate,
    click: async (selector) => {
      const { nodes } = await ask("browsingContext.locateNodes", { context, locator: { type: "css", value: selector } });
      const origin = { type: "element", element: { sharedId: nodes[0].sharedId } };
      await ask("input.performActions", {
        context,
        actions: [
          {
            type: "pointer",
            id: "mouse",
            actions: [
              { type: "pointerMove", x: 0, y: 0, origin },
              { type: "pointerDown", button: 0 },
              { type: "pointerUp", button: 0 },
            ],
          },
        ],
      });
    },
    press: async (key) => {
      const value = codeOf(key);
      await ask("input.performActions", { context, actions: [{ type: "key", id: "keyboard", actions: [{ type: "keyDown", value }, { type: "keyUp", value }] }] });
    },
    close: async () => {
      // With its last tab Firefox ends.
      await ask("browsingContext.create", { type: "tab", background: true });
      await ask("browsingContext.close", { context });
    },
    kill: stop,
    stop: async () => {
      await stop();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
    pid,
  };
}

/**
 * Connects; returns a function that sends a command and returns its result.
 * @param {string} address
 * @returns {Promise<(method: string, params: object) => Promise<any>>}
 */
async function connect(address) {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  /** @type {Map<number, (answer: any) => void>} */
  const pending = new Map();
  socket.on("message", (text) => {
    const answer = JSON.parse(String(text));
    pending.get(answer.id)?.(answer);
    pending.delete(answer.id);
  });
  let id = 0;
  return async (method, params) => {
    const answer = await new Promise((resolve) => {
      pending.set(++id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.type === "error") throw new Error(`${method}: ${answer.message}`);
    return answer.result;
  };
}
