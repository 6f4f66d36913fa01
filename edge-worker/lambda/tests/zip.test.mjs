// Tests of the zip that is uploaded.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const path = (name) => new URL(name, import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "throughline-zip-"));
after(() => rmSync(folder, { recursive: true }));

const python = (...words) => execFileSync(path(".venv/bin/python"), ["-c", ...words], { encoding: "utf8" });

test("a zip has its files, for everybody to read, and the same bytes at any time", () => {
  const [index, module] = ["index.mjs", "edge_bg.wasm"].map((name) => join(folder, name));
  writeFileSync(index, "export const a = 1;\n");
  writeFileSync(module, Buffer.alloc(100_000, 7));
  const archives = [new Date(0), new Date(1e12)].map((time, at) => {
    for (const file of [index, module]) utimesSync(file, time, time);
    const archive = join(folder, `${at}.zip`);
    execFileSync(process.execPath, [path("../zip.mjs"), archive, ...(at ? [index, module] : [module, index])]);
    return archive;
  });
  assert.deepEqual(readFileSync(archives[0]), readFileSync(archives[1]));
  const listed = python(
    "import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None\nfor i in z.infolist(): print(i.filename,i.file_size,oct(i.external_attr>>16))",
    archives[0],
  );
  assert.equal(listed, "edge_bg.wasm 100000 0o100644\nindex.mjs 20 0o100644\n");
});

test("the zip that is deployed is small enough for Lambda@Edge, and whole", () => {
  const archive = path("../build/throughline-lambda.zip");
  assert.ok(readFileSync(archive).length <= 700_000);
  const read = "import sys,zipfile,hashlib;z=zipfile.ZipFile(sys.argv[1])\nfor n in z.namelist(): print(n,hashlib.sha256(z.read(n)).hexdigest()==hashlib.sha256(open(sys.argv[2]+n,'rb').read()).hexdigest())";
  assert.equal(python(read, archive, path("../build/")), "edge_bg.wasm True\nindex.mjs True\n");
});
