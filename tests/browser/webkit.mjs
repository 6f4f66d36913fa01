// @ts-check
// Drives WebKitGTK by WebDriver over HTTP: https://www.w3.org/TR/webdriver2/

import { start } from "./process.mjs";
import { listen } from "./site.mjs";
import { codeOf } from "./smoke.mjs";

/** @typedef {import("./smoke.mjs").Driver} Driver */

/** The driver, the browser, and the display that it needs. */
export const WEBKIT = {
  driver: process.env.WEBKIT_DRIVER ?? "WebKitWebDriver",
  browser: process.env.WEBKIT_BROWSER ?? "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
  display: "xvfb-run",
};

/** Starts WebKitGTK with one page. @returns {Promise<Driver>} */
export async function launchWebkit() {
  // The driver does not accept port 0 and does not print when it listens.
  const { origin, stop: free } = await listen(() => {});
  await free();
  const { port } = new URL(origin);
  const { stop, pid } = await start(
    WEBKIT.display,
    ["-a", "sh", "-c", `echo started; exec ${WEBKIT.driver} --host=127.0.0.1 --port=${port}`],
    /started/,
  );

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  const ask = async (method, path, body) => {
    const response = await fetch(`${origin}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value.error} ${value.message}`);
    return value;
  };

  try {
    await untilListening(origin);
    const { sessionId } = await ask("POST", "/session", {
      capabilities: {
        alwaysMatch: { "webkitgtk:browserOptions": { binary: WEBKIT.browser, args: ["--automation"] } },
      },
    });
    const session = `/session/${sessionId}`;
    await ask("POST", `${session}/timeouts`, { script: 20_000, pageLoad: 20_000 });
    return {
      goto: (url) => ask("POST", `${session}/url`, { url }),
      evaluate: async (expression) => {
        const { value, error } = await ask("POST", `${session}/execute/async`, {
          script: `const done = arguments[0];
            (async () => ({ value: await (${expression}) }))().catch((error) => ({ error: String(error) })).then(done);`,
          args: [],
        });
        if (error) throw new Error(error);
        return value;
      },
      click: async (selector) => {
        const element = await ask("POST", `${session}/element`, { using: "css selector", value: selector });
        await ask("POST", `${session}/element/${Object.values(element)[0]}/click`, {});
      },
      press: async (key) => {
        const value = codeOf(key);
        await ask("POST", `${session}/actions`, { actions: [{ type: "key", id: "keyboard", actions: [{ type: "keyDown", value }, { type: "keyUp", value }] }] });
      },
      close: async () => void (await ask("DELETE", `${session}/window`)),
      kill: stop,
      stop: async () => {
        await ask("DELETE", session).catch(() => {});
        await stop();
      },
      pid,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {string} origin */
async function untilListening(origin) {
  for (const deadline = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      return await fetch(`${origin}/status`);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
