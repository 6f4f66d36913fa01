// @ts-check
// Builds an app of Next as static files: two pages of the app router, two of the pages router.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");

/** Builds the app; returns its files by path. */
export async function filesOfNext() {
  await mkdir(join(ROOT, "target"), { recursive: true });
  // Below the root, whose packages it has.
  const folder = await mkdtemp(join(ROOT, "target/next-"));
  try {
    for (const [path, text] of Object.entries(SOURCES)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    // As npm would have installed them: what is linked from elsewhere is the app's own code to Next.
    for (const name of ["browser", "react"])
      for (const part of ["package.json", "dist"]) await cp(join(ROOT, "npm", name, part), join(folder, "node_modules/@throughline", name, part), { recursive: true });
    const next = join(ROOT, "node_modules/next/dist/bin/next");
    await run(process.execPath, [next, "build"], { cwd: folder, env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" } });
    const files = await readdir(join(folder, "out"), { recursive: true, withFileTypes: true });
    return Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async ({ parentPath, name }) => {
          const path = join(parentPath, name);
          return /** @type {[string, Buffer]} */ ([path.slice(folder.length + 4), await readFile(path)]);
        }),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param {string} to */
const start = (to) => `import { init } from "@throughline/browser";
if (typeof window == "object") window.throughline = init({ endpoint: "/_t", key: "pk_test", serviceName: "shop-web" });
${to}`;

/** @type {Record<string, string>} */
const SOURCES = {
  "package.json": `{ "name": "next-app", "private": true }`,
  "next.config.mjs": `export default { output: "export", turbopack: { root: ${JSON.stringify(ROOT)} }, typescript: { ignoreBuildErrors: true } };`,
  "instrumentation-client.js": start(`export { onRouterTransitionStart } from "@throughline/react/next";`),
  "app/layout.jsx": `import { TraceRoutes } from "@throughline/react/next";
export default ({ children }) => <html lang="en"><head><link rel="icon" href="data:," /></head><body><TraceRoutes />{children}</body></html>;`,
  "app/page.jsx": `import Link from "next/link";
export default () => <main id="home"><Link prefetch={false} id="to-order" href="/orders/1742">Order</Link><Link prefetch={false} id="to-docs" href="/docs/a/b">Docs</Link></main>;`,
  "app/orders/[order]/page.jsx": `export const generateStaticParams = () => [{ order: "1742" }];
export default async ({ params }) => <b id="order">{(await params).order}</b>;`,
  "app/docs/[...path]/page.jsx": `export const generateStaticParams = () => [{ path: ["a", "b"] }];
export default () => <b id="docs">Docs</b>;`,
  "pages/_app.jsx": `import Router from "next/router";
import { tracePagesRouter } from "@throughline/react/next";
import { useEffect } from "react";
export default function App({ Component, pageProps }) {
  useEffect(() => tracePagesRouter(Router), []);
  return <Component {...pageProps} />;
}`,
  "pages/old/index.jsx": `import Link from "next/link";
export default () => <main id="old"><Link prefetch={false} id="to-old" href="/old/7">Old</Link></main>;`,
  "pages/old/[id].jsx": `export const getStaticPaths = () => ({ paths: [{ params: { id: "7" } }], fallback: false });
export const getStaticProps = ({ params }) => ({ props: params });
export default ({ id }) => <b id="old-order">{id}</b>;`,
};
