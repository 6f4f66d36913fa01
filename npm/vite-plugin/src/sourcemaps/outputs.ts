// The files of one output of a build: stamps its scripts, and uploads what was stamped.

import type { SourceMapOptions } from "./options.js";
import { UploadError } from "./receiver.js";
import { stamp, withoutLink, type Stamped } from "./stamp.js";
import { createIndex } from "./create-index.js";
import { upload } from "./upload.js";

/** A stamped script by its name. */
export type StampedScript = Stamped & { name: string };

/** The changes of a file that has a map; what is not there stays as it is. */
export interface Changes {
  text?: string;
  /** `null`: the output has no maps in the end. */
  map?: string | null;
}

/** Whether a build that would make no maps is to make some, for the upload. */
export const needsMaps = ({ upload }: SourceMapOptions): boolean => !!upload?.key;

/** Gathers the scripts of one output. */
export class Outputs {
  readonly #options: SourceMapOptions;
  /** Whether maps are made for the upload alone. */
  readonly #isForUpload: boolean;
  /** By their names: what is built again takes the place of what was. */
  readonly #scripts = new Map<string, StampedScript>();

  constructor(options: SourceMapOptions, isForUpload: boolean) {
    this.#options = options;
    this.#isForUpload = isForUpload;
  }

  /** Stamps a script and its map; style sheets, and what else has a map, have no id. */
  finish(name: string, text: string, map: string): Changes {
    const { strip, upload } = this.#options;
    const stamped = /\.[cm]?js$/.test(name.replace(/\?.*/, "")) ? stamp(text, map, !!strip || this.#isForUpload) : undefined;
    if (stamped && upload?.key) this.#scripts.set(name, { ...stamped, name });
    const leavesNoMaps = this.#isForUpload || (strip == "files" && !!upload?.key);
    if (stamped) return { text: stamped.script, map: leavesNoMaps ? null : stamped.map };
    if (!leavesNoMaps) return {};
    const unlinked = withoutLink(text);
    return unlinked == text ? { map: null } : { text: unlinked, map: null };
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
      const whose = error instanceof UploadError && error.isOfOneScript ? "what is not uploaded" : "this build";
      warn(`${(error as Error).message}. Stacks of ${whose} stay minified`);
    }
  }
}

/** Tells of the upload. Bundlers show no messages of plugins that are no warnings. */
const say = (message: string): void => void process.stderr.write(`[throughline] ${message}\n`);
