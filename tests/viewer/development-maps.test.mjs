// @ts-check
// Tests that stacks of development servers read as source, with nothing uploaded: Vite's own, Next's, and built files with their maps.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";
import { mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { build, createServer, preview } from "vite";
import { launch } from "./browser.mjs";
import { startDev } from "./dev.mjs";
import { stop } from "./program.mjs";

/** @type {Awaited<ReturnType<typeof startDev>>} */
let dev;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  [dev, browser] = await Promise.all([startDev(), launch()]);
});
after(async () => {
  await browser?.close();
  await dev?.stop();
});

/** TypeScript whose types are gone in the script, so that no line is where it was. */
const SOURCE = `interface Item {
  name: string;
  price: number;
}

type Basket = Item[];

export function total(basket: Basket): number {
  return basket.reduce((sum: number, item: Item) => sum + item.price, 0);
}

export function buy(basket: Basket | null): void {
  if (!basket) throw new RangeError("SERVICE has no basket");
  total(basket);
}
`;

/**
 * A project of Vite, whose page throws.
 * @param {import("node:test").TestContext} t
 * @param {string} service
 */
async function project(t, service) {
  const root = await mkdtemp(join(tmpdir(), "throughline-development-"));
  t.after(() => rm(root, { recursive: true }));
  await mkdir(join(root, "src"));
  await writeFile(join(root, "src/basket.ts"), SOURCE.replace("SERVICE", service));
  await writeFile(join(root, "src/main.ts"), `import { buy } from "./basket.ts";\n\nsetTimeout(() => buy(null), 50);\n`);
  const script = `<script src="${dev.address}/t.js" data-key="pk_dev" data-service="${service}"></script>`;
  await writeFile(join(root, "index.html"), `<!doctype html><html><head><link rel="icon" href="data:,">${script}</head><body><script type="module" src="/src/main.ts"></script></body></html>`);
  return { root, configFile: /** @type {const} */ (false), logLevel: /** @type {const} */ ("error"), cacheDir: join(root, ".vite") };
}

/**
 * Opens a page that throws, and then the error in the viewer.
 * @param {string} address of the page
 * @param {string} service
 */
async function readsAsSource(address, service) {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  try {
    await page.goto(address);
    const viewer = await browser.newPage({ baseURL: dev.address });
    viewer.setDefaultTimeout(15_000);
    await viewer.goto("/errors");
    const group = viewer.locator(".error-group", { hasText: `${service} has no basket` });
    await group.waitFor();
    assert.match(await group.locator(".thrown-at").innerText(), /^buy \(.*basket\.ts:13:\d+\)$/);
    await group.locator("summary").first().click();
    const source = group.locator(".frames .own .source-line");
    await source.first().waitFor();
    const lines = (await source.allTextContents()).map((line) => line.trim());
    assert.ok(lines.includes("12export function buy(basket: Basket | null): void {"), lines.join("\n"));
    const thrown = await group.locator(".frames .own .source-line.thrown").textContent();
    assert.equal(thrown?.trim(), `13  if (!basket) throw new RangeError("${service} has no basket");`);
    await viewer.close();
  } finally {
    await page.close();
  }
}

test("a stack of Vite's development server reads as source", async (t) => {
  const config = await project(t, "vite-dev");
  const server = await createServer({ ...config, server: { host: "127.0.0.1", port: 0 } });
  t.after(() => server.close());
  await server.listen();
  const address = /** @type {string} */ (server.resolvedUrls?.local[0]);
  await readsAsSource(address, "vite-dev");
});

test("a stack of a build that `vite preview` serves reads as source", async (t) => {
  const config = await project(t, "vite-preview");
  await build({ ...config, build: { sourcemap: true } });
  const server = await preview({ ...config, preview: { host: "127.0.0.1", port: 0 } });
  t.after(() => server.close());
  await readsAsSource(/** @type {string} */ (server.resolvedUrls?.local[0]), "vite-preview");
});

test("a stack of a build that a plain server has reads as source, by the header too", async (t) => {
  const config = await project(t, "plain-server");
  await build({ ...config, build: { sourcemap: "hidden" } });
  const server = createHttpServer(async (request, response) => {
    const path = request.url == "/" ? "/index.html" : /** @type {string} */ (request.url);
    const body = await readFile(join(config.root, "dist", path)).catch(() => null);
    if (!body) return void response.writeHead(404).end();
    const type = path.endsWith(".html") ? "text/html" : "text/javascript";
    response.writeHead(200, { "content-type": type, ...(path.endsWith(".js") && { sourcemap: `${path}.map` }) }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await readsAsSource(`http://127.0.0.1:${port}/`, "plain-server");
});

/** The checkout, whose packages the project of Next has. */
const ROOT = join(import.meta.dirname, "../..");

test("a stack of Next's development server reads as source", async (t) => {
  await mkdir(join(ROOT, "target"), { recursive: true });
  const root = await mkdtemp(join(ROOT, "target/next-dev-"));
  const script = `<script async src="${dev.address}/t.js" data-key="pk_dev" data-service="next-dev" />`;
  for (const [path, text] of [
    ["package.json", `{ "name": "next-dev", "private": true }`],
    ["next.config.mjs", `export default { turbopack: { root: ${JSON.stringify(ROOT)} }, typescript: { ignoreBuildErrors: true }, logging: { browserToTerminal: false } };`],
    ["app/layout.jsx", `export default ({ children }) => <html lang="en"><head><link rel="icon" href="data:," />${script}</head><body>{children}</body></html>;`],
    ["app/page.jsx", `"use client";\nimport { useEffect } from "react";\nimport { buy } from "../lib/basket";\nexport default function Page() {\n  useEffect(() => void setTimeout(() => buy(null), 50), []);\n  return <main>Shop</main>;\n}\n`],
    ["lib/basket.ts", SOURCE.replace("SERVICE", "next-dev")],
  ]) {
    await mkdir(join(root, path, ".."), { recursive: true });
    await writeFile(join(root, path), text);
  }
  const next = join(ROOT, "node_modules/next/dist/bin/next");
  const server = spawn(process.execPath, [next, "dev", "--hostname", "127.0.0.1", "--port", "0"], {
    cwd: root,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "development" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(async () => {
    await stop(server);
    await rm(root, { recursive: true, maxRetries: 5 });
  });
  let address = "";
  for await (const line of createInterface({ input: server.stdout })) {
    address = /- Local:\s+(http:\S+)/.exec(line)?.[1] ?? "";
    if (address) break;
  }
  assert.ok(address, "Next ended before it listened");
  server.stdout.resume();
  // Compiles the page: the browser's time begins afterwards.
  assert.equal((await fetch(address)).status, 200);
  await readsAsSource(address, "next-dev");
});
