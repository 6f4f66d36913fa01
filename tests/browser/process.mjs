// @ts-check
// Starts programs, waits until they are ready, and ends them with their children.

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/**
 * Starts a program and waits for a line that fits.
 * @param {string} program @param {string[]} args @param {RegExp} ready
 * @param {Record<string, string>} [env]
 */
export async function start(program, args, ready, env = {}) {
  // A process group of its own, so that its children can be ended with it.
  const child = spawn(program, args, { detached: true, env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    try {
      if (child.pid) process.kill(-child.pid, "SIGKILL");
    } catch {
      // The process has already ended.
    }
    await ended;
  };
  let printed = "";
  /** @type {Promise<RegExpExecArray>} */
  const line = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} was not ready in time: ${printed}`)), DEADLINE_MS);
    const listen = (/** @type {Buffer} */ chunk) => {
      printed += chunk;
      const found = ready.exec(printed);
      if (found) clearTimeout(timer), resolve(found);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`${program} ended with ${code}: ${printed}`)));
  });
  try {
    return { line: await line, stop, pid: child.pid ?? 0 };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether a program is installed. @param {string} program */
export function isInstalled(program) {
  const places = isAbsolute(program) ? [""] : (process.env.PATH ?? "").split(delimiter);
  return places.some((place) => {
    try {
      accessSync(join(place, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const DEADLINE_MS = 60_000;
