// The scripts of a build: stamps each, and uploads what was stamped.

import type { SourceMapOptions } from "./options.js";
import { stamp, type Stamped } from "./stamp.js";
import { createIndex } from "./create-index.js";
import { upload } from "./upload.js";

/** A stamped script by its name. */
export type Output = Stamped & { name: string };

/** Gathers the scripts of a build. */
export class Outputs {
  /** Whether maps are made for the upload alone. */
  #isForUpload = false;
  readonly #scripts = new Map<string, Output>();
  readonly #options: SourceMapOptions;

  constructor(options: SourceMapOptions) {
    this.#options = options;
  }

  /** Called where a build would make no maps: returns whether it is to make some, for the upload. */
  needsMaps(): boolean {
    if (this.#options.upload?.key) this.#isForUpload = true;
    return this.#isForUpload;
  }

  /** Whether the output has no maps in the end. */
  get leavesNoMaps(): boolean {
    return this.#isForUpload || (this.#options.strip == "files" && !!this.#options.upload?.key);
  }

  /** Stamps a script and its map; nothing where that cannot be done. */
  add(name: string, script: string, map: string): Stamped | undefined {
    const stamped = stamp(script, map, !!this.#options.strip || this.#isForUpload);
    // By its id: several outputs may have a name in common.
    if (stamped && this.#options.upload?.key) this.#scripts.set(stamped.debugId, { ...stamped, name });
    return stamped;
  }

  /** Forgets what was stamped: a build that watches uploads nothing. */
  forget(): void {
    this.#scripts.clear();
  }

  /** Uploads what was stamped since the last call; `warn` is of the bundler. Rejects where the upload fails and the build is to. */
  async upload(warn: (message: string) => void): Promise<void> {
    const { upload: to } = this.#options;
    const scripts = [...this.#scripts.values()];
    this.forget();
    if (!to) return;
    if (!to.key) return say("no source maps are uploaded: sourcemaps.upload.key is not set");
    if (!scripts.length) return warn("no source maps are uploaded: no script of this build has a map in a file of its own");
    try {
      await upload(scripts, { url: to.url, key: to.key }, createIndex, say);
    } catch (error) {
      if (to.failBuild) throw error;
      warn(`${(error as Error).message}. Stacks of this build stay minified`);
    }
  }
}

/** Tells of the upload. Bundlers show no messages of plugins that are no warnings. */
const say = (message: string): void => void process.stderr.write(`[throughline] ${message}\n`);
