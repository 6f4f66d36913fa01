// Source maps of esbuild, which has no debug ids of its own.

import { readFile, unlink, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { SourceMapOptions } from "./options.js";
import { needsMaps, Outputs } from "./outputs.js";

/** Adds the hooks of a plugin. */
export function ofEsbuild({ initialOptions: options, onEnd }: Build, sourceMapOptions: SourceMapOptions): void {
  const isForUpload = !options.sourcemap && needsMaps(sourceMapOptions);
  const outputs = new Outputs(sourceMapOptions, isForUpload);
  if (isForUpload) options.sourcemap = "external";
  // It names what was written.
  options.metafile = true;
  onEnd(async ({ errors, metafile, outputFiles }) => {
    if (errors.length || !metafile) return {};
    const names = Object.keys(metafile.outputs).filter((name) => `${name}.map` in metafile.outputs);
    for (const name of names) await finishFile(filesOf(options.absWorkingDir, outputFiles), name, outputs);
    const warnings: { text: string }[] = [];
    try {
      await outputs.upload((text) => void warnings.push({ text }));
    } catch (error) {
      return { errors: [{ text: (error as Error).message }] };
    }
    return { warnings };
  });
}

async function finishFile({ read, write, remove }: Files, name: string, outputs: Outputs): Promise<void> {
  const mapName = `${name}.map`;
  const { text, map } = outputs.finish(name, await read(name), await read(mapName));
  if (text != undefined) await write(name, text);
  if (map === null) await remove(mapName);
  else if (map != undefined) await write(mapName, map);
}

/** The files of a build, where it has put them. */
interface Files {
  read(name: string): Promise<string>;
  write(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

/** Files on the disk, or of a build with `write: false`. */
function filesOf(folder = process.cwd(), inMemory?: Built["outputFiles"]): Files {
  const path = (name: string): string => resolve(folder, name);
  if (!inMemory) return { read: (name) => readFile(path(name), "utf8"), write: (name, text) => writeFile(path(name), text), remove: (name) => unlink(path(name)) };
  const at = (name: string): number => inMemory.findIndex((file) => file.path == path(name));
  return {
    read: async (name) => inMemory[at(name)]?.text ?? "",
    // Its `text` follows from its contents.
    write: async (name, text) => void (inMemory[at(name)]!.contents = Buffer.from(text)),
    remove: async (name) => void inMemory.splice(at(name), 1),
  };
}

/** A build, as far as it is used here. */
export interface Build {
  initialOptions: { sourcemap?: boolean | string; metafile?: boolean; absWorkingDir?: string };
  onEnd(work: (result: Built) => Promise<{ errors?: { text: string }[]; warnings?: { text: string }[] }>): void;
}

interface Built {
  errors: unknown[];
  metafile?: { outputs: Record<string, unknown> };
  outputFiles?: { path: string; readonly text: string; contents: Uint8Array }[];
}
