// @ts-check
// Opens a page in a Chromium that no program drives: what drives a browser is attached to its workers, as developer
// tools are.

import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ARGS, PROGRAM } from "../launch-chromium.mjs";
import { start } from "./process.mjs";

/** Opens a page; `signal` sends a signal to its process, and to no other. @param {string} url */
export async function openAlone(url) {
  const profile = await mkdtemp(join(tmpdir(), "throughline-alone-"));
  const { pid, stop } = await start(PROGRAM, [...ARGS, "--remote-debugging-port=0", `--user-data-dir=${profile}`, url], /DevTools listening/);
  return {
    signal(/** @type {NodeJS.Signals} */ name) {
      for (const one of renderersOf(pid)) process.kill(one, name);
    },
    stop: async () => {
      await stop();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** The processes of pages of a browser, which are in its group. @param {number} group */
function renderersOf(group) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const [, , own] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return Number(own) === group && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer");
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });
}
