// The WebAssembly module that writes the engine's facts as OTLP: a chunk that only pages with plain OTLP load.
//
// It imports no module of the engine's chunk, which would then be split.

import text from "throughline-otlp.wasm";
import type { MakeWriter } from "../core/minimal.js";
import { writerOf } from "./otlp-writer.js";

/** Compiles the module; `bytesOf` decodes its text. Rejects where WebAssembly is not allowed. */
export const makeWriter: MakeWriter = async (bytesOf) => writerOf(await WebAssembly.compile(bytesOf(text)));
