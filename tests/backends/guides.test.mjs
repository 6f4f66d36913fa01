// @ts-check
// The edge takes the configuration of the guides as it is written there.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { program } from "./dashboards/shop.mjs";
import { ROOT, folderFor, removed } from "./programs/program.mjs";

for (const guide of ["cost.md", "dashboards.md"]) {
  it(`docs/${guide} has a configuration without mistakes`, async () => {
    const text = await readFile(join(ROOT, "docs", guide), "utf8");
    const blocks = [...text.matchAll(/```toml\n(.*?)```/gs)].map(([, block = ""]) => block);
    assert.equal(blocks.length, 1);
    const folder = await folderFor("guide");
    try {
      const file = join(folder, "throughline.toml");
      // A guide says who may send only where that is its subject.
      await writeFile(file, `${blocks[0]?.includes("[[projects]]") ? "" : "open = true\n"}${blocks[0]}`);
      await promisify(execFile)(program, ["check", file], { env: { ...process.env, STATS_KEY: "sk_0123456789abcdef" } });
    } finally {
      await removed(folder);
    }
  });
}
