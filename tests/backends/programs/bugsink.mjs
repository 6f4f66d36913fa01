// @ts-check
// Bugsink, a server for what Sentry's SDKs send, with a project and a token for its API.

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT, folderFor, freePorts, removed, responds, run } from "./program.mjs";

const BIN = join(ROOT, "tests/backends/bugsink/.venv/bin");

/**
 * Starts it with one project, whose DSN is of this address. `api` reads from its API, relative to `/api/canonical/0/`.
 * @param {{ eventsPer5Minutes?: number, eventBytes?: number }} [options] its quota of events, and bytes of one
 */
export async function startBugsink({ eventsPer5Minutes = 1_000, eventBytes = 1 << 20 } = {}) {
  const folder = await folderFor("bugsink");
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  await writeFile(join(folder, "bugsink_conf.py"), settings(folder, url, eventsPer5Minutes, eventBytes));
  const env = { PYTHONPATH: folder, DJANGO_SETTINGS_MODULE: "bugsink_conf" };
  const manage = async (/** @type {string[]} */ ...args) => {
    const { stdout } = await promisify(execFile)(join(BIN, "bugsink-manage"), args, { cwd: folder, env: { ...process.env, ...env } });
    return stdout.trim();
  };
  await manage("migrate", "--verbosity", "0");
  const token = await manage("create_auth_token");
  const args = ["--bind", `127.0.0.1:${port}`, "--workers", "1", "--no-control-socket", "bugsink.wsgi"];
  const program = await run(join(BIN, "gunicorn"), args, { folder, env, ready: () => responds(`${url}/health/ready`) });
  /** @param {string} path @param {object} [create] @returns {Promise<any>} */
  const api = async (path, create) => {
    const response = await fetch(`${url}/api/canonical/0/${path}`, {
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(create ? { method: "POST", body: JSON.stringify(create) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  };
  const team = await api("teams/", { name: "shop" });
  const project = await api("projects/", { name: "shop", team: team.id });
  const { dsn } = await api(`projects/${project.id}/`);
  const key = new URL(dsn).username;
  return { ...program, folder, url, key, project: Number(project.id), api, remove: () => removed(folder) };
}

/** @param {string} folder @param {string} url @param {number} events @param {number} bytes of one */
const settings = (folder, url, events, bytes) => `
from bugsink.settings.default import *

SECRET_KEY = "only-for-tests-and-long-enough-that-nothing-warns-of-it-0123456789"
ALLOWED_HOSTS = ["*"]
SENTRY_DSN = None
DATABASES["default"]["NAME"] = "${folder}/db.sqlite3"
DATABASES["snappea"]["NAME"] = "${folder}/snappea.sqlite3"
# An event is read before its sender has the response.
SNAPPEA = {"TASK_ALWAYS_EAGER": True}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
BUGSINK = {
    "BASE_URL": "${url}",
    "SINGLE_USER": True,
    "SINGLE_TEAM": False,
    "PHONEHOME": False,
    "INGEST_STORE_BASE_DIR": "${folder}/ingestion",
    "MAX_EVENTS_PER_PROJECT_PER_5_MINUTES": ${events},
    "MAX_EVENT_SIZE": ${bytes},
}
`;
