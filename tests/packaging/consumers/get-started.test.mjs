// @ts-check
// Tests docs/get-started.md: its code is that of examples/get-started, whose programs run as the page says, and `throughline dev`
// has a trace of each.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { createServer as createVite } from "vite";
import { useBrowser } from "../../browser/chromium.mjs";
import { start } from "../../browser/process.mjs";
import { until } from "../../browser/until.mjs";
import { build } from "../../viewer/program.mjs";
import { comparePage } from "./current.mjs";
import { install, ROOT } from "./packed.mjs";

const run = promisify(execFile);
const EXAMPLES = join(ROOT, "examples/get-started");
const GUIDE = "get-started.md";
const browser = useBrowser();
/** Copies of the examples, with the packages beside them as npm installs them. Below the root, whose packages they have. */
let folder = "";
/** @type {{ line: RegExpExecArray, stop: () => Promise<void> }} */
let dev;
/** The address of `throughline dev`. */
let address = "";
/** The page. */
let guide = "";

before(async () => {
  await mkdir(join(ROOT, "target"), { recursive: true });
  folder = await mkdtemp(join(ROOT, "target/get-started-"));
  const program = await build("throughline", "--package", "throughline");
  [guide, dev] = await Promise.all([readFile(join(ROOT, "docs", GUIDE), "utf8"), start(program, ["dev", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0"], /OTLP on (http:\S+?),/), install(folder)]);
  address = dev.line[1] ?? "";
  await cp(EXAMPLES, folder, { recursive: true, filter: (path) => !path.includes(".venv") });
  // What the page has for its reader's machine, with the ports of this test.
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes("node_modules")) continue;
    const text = await readFile(path, "utf8");
    if (text.includes(BACKEND)) await writeFile(path, text.replaceAll(BACKEND, address));
  }
});
after(async () => {
  await dev?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("the code of docs/get-started.md is that of examples/get-started", () =>
  comparePage(GUIDE, async (text) => {
    const all = [...text.matchAll(CODE)];
    assert.equal(text.split(/^```(?!sh$)\w+$/m).length - 1, all.length, "code without a file");
    const codes = await Promise.all(all.map(([, path = ""]) => readFile(join(ROOT, "docs", path), "utf8")));
    assert.deepEqual(new Set(all.map(([, path]) => path?.split("/")[3])), new Set(["vite", "next", "script", "go", "python"]));
    return text.replace(CODE, (_, path, language) => `](${path}):\n\n\`\`\`${language}\n${codes.shift()}\`\`\`\n`);
  }));

test("React with Vite: a click is a trace with its request", async () => {
  const root = join(folder, "vite");
  const vite = await createVite({ root, logLevel: "silent", cacheDir: join(root, ".vite"), server: { port: 0, host: "127.0.0.1", ws: false } });
  try {
    await vite.listen();
    const at = vite.httpServer?.address();
    if (!at || typeof at == "string") throw new Error("no port");
    await onPage(`http://127.0.0.1:${at.port}/`, (page) => page.getByRole("button", { name: "Prices" }).click());
    await spansOf("click button", ["click button", "GET"]);
  } finally {
    await vite.close();
  }
});

test("Next.js: the load of the document is a trace", async (t) => {
  const port = await freePort();
  const next = join(ROOT, "node_modules/next/dist/bin/next");
  await writeFile(join(folder, "next/next.config.mjs"), `export default { turbopack: { root: ${JSON.stringify(ROOT)} } };\n`);
  const server = await start(process.execPath, [next, "dev", join(folder, "next"), "--port", port, "--hostname", "127.0.0.1"], /Ready in/, { NEXT_TELEMETRY_DISABLED: "1" });
  t.after(server.stop);
  // Next.js compiles a page when it is asked for: on a busy machine that takes longer than a page may.
  await (await fetch(`http://127.0.0.1:${port}/`)).text();
  await onPage(`http://127.0.0.1:${port}/`, async (page) => {
    await page.getByRole("button", { name: "Prices" }).waitFor();
    await spansOf("documentLoad", ["documentLoad"], `http://127.0.0.1:${port}/`);
  });
});

test("a script tag: an error of the page is in the viewer, and so is a trace of its load", async (t) => {
  const port = await freePort();
  await cp(join(folder, "node_modules/@throughline/browser/dist/throughline.iife.js"), join(folder, "script/throughline.iife.js"));
  await shell(t, "script", "http.server", { 8000: port });
  const site = `http://127.0.0.1:${port}`;
  await until(() => fetch(site).then(({ ok }) => ok, () => false), "the site");
  await onPage(`${site}/errors.html`, async (page) => {
    const thrown = page.waitForEvent("pageerror");
    await page.getByRole("button", { name: "Pay" }).click();
    await thrown;
    await until(async () => /** @type {any} */ (await ask("/api/errors?service=shop-web")).errors.some((/** @type {any} */ { message }) => message == "no price"), "the error");
  });
  await onPage(`${site}/traces.html`, async (page) => {
    await spansOf("documentLoad", ["documentLoad"], `${site}/traces.html`);
    assert.equal(await page.title(), "Shop");
  });
});

test("Go: a request is a trace", async (t) => {
  const port = await freePort();
  // Without what was compiled before, `go run` takes longer than a service may to begin.
  await run("go", ["build", "-mod=readonly", "-o", "/dev/null", "."], { cwd: join(folder, "go") });
  const program = await shell(t, "go", "go run .", { 8080: port }, "main.go");
  const url = `http://127.0.0.1:${port}/orders/7`;
  const text = await until(() => fetch(url).then((response) => response.text(), () => ""), "a response");
  assert.equal(text, "order 7\n");
  program.interrupt();
  await spansOf("GET /orders/{order}", ["GET /orders/{order}"]);
});

test("Python: a request is a trace", async (t) => {
  const port = await freePort();
  await symlink(join(EXAMPLES, "python/.venv"), join(folder, "python/.venv"));
  const program = await shell(t, "python", "opentelemetry-instrument", { 8081: port }, "app.py");
  const url = `http://127.0.0.1:${port}/prices/tea`;
  const price = await until(() => fetch(url).then((response) => response.json(), () => undefined), "a response");
  assert.deepEqual(price, { product: "tea", cents: 1990 });
  program.interrupt();
  await spansOf("GET /prices/<product>", ["GET /prices/<product>"]);
});

/** Opens a page, and closes it after `work`. @param {string} url @param {(page: import("playwright-core").Page) => Promise<unknown>} work */
async function onPage(url, work) {
  const context = await browser().newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    // Next.js compiles its scripts meanwhile.
    await page.goto(url, { timeout: 120_000 });
    await work(page);
  } finally {
    await context.close();
  }
}

/**
 * Runs the commands of the page that contain `part`, in the folder of an example with these ports in place of its own.
 * @param {import("node:test").TestContext} t @param {string} example @param {string} part @param {Record<string, string>} ports @param {string} [source] a file that has the port
 */
async function shell(t, example, part, ports, source) {
  const [[, text = ""] = [], ...others] = [...guide.matchAll(COMMANDS)].filter(([, text = ""]) => text.includes(part));
  assert.ok(text && !others.length, `the page has one block with ${part}`);
  const cwd = join(folder, example);
  const replace = (/** @type {string} */ text) => Object.entries(ports).reduce((it, [port, free]) => it.replaceAll(port, free), text.replaceAll(BACKEND, address));
  if (source) await writeFile(join(cwd, source), replace(await readFile(join(cwd, source), "utf8")));
  const script = `cd ${JSON.stringify(cwd)}\nif [ -d .venv ]; then . .venv/bin/activate; fi\necho begun\n${replace(text)}`;
  const program = await start("sh", ["-euc", script], /begun/, { GOFLAGS: "-mod=readonly" });
  t.after(program.stop);
  /** Ends it as Ctrl-C of a terminal does. */
  return { interrupt: () => void process.kill(-program.pid, "SIGINT") };
}

/** Waits for a trace that has these spans, and one with this address. @param {string} name @param {string[]} names @param {string} [url] */
async function spansOf(name, names, url) {
  /** @type {unknown} */
  let seen;
  await until(
    async () => {
      const { traces } = /** @type {any} */ (await ask(`/api/traces?name=${encodeURIComponent(name)}`));
      const all = await Promise.all(traces.map((/** @type {any} */ { trace_id }) => ask(`/api/traces/${trace_id}`)));
      seen = all;
      return all.some((trace) => names.every((name) => JSON.stringify(trace).includes(`"${name}"`)) && (!url || JSON.stringify(trace).includes(url)));
    },
    `a trace with ${names.join(" and ")}`,
    () => seen,
  );
}

/** Asks `throughline dev`. @param {string} path */
const ask = async (path) => (await fetch(address + path)).json();

/** A port that nothing listens on. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return String(port);
}

/** The address that the page has for the backend. */
const BACKEND = "http://127.0.0.1:4318";
/** A link to a file, which ends a paragraph, and the code below it. */
const CODE = /\]\((\.\.\/examples\/get-started\/[^)]*)\):\n\n```(\w+)\n([^]*?)```\n/g;
/** Commands of a shell. */
const COMMANDS = /^```sh\n([^]*?)```$/gm;
