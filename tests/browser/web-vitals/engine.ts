// The engine that is shipped, called at once: facts go in, records of web vitals come out.

import { writerOf } from "../../../npm/browser/src/delivery/otlp-writer.js";
import text from "throughline-engine.wasm";
import otlp from "throughline-otlp.wasm";

/** A record of a web vital, by its attributes. */
export type Vital = Record<string, string | number>;

/** One instance of the engine. */
export class Engine {
  readonly #exports = new WebAssembly.Instance((Engine.#module ??= new WebAssembly.Module(bytesOf(text)))).exports as unknown as Exports;
  static #module: WebAssembly.Module | undefined;

  /** Gives it facts; returns what it reports of them. */
  take(facts: string): Vital[] {
    this.#exports.add(...this.#passed(facts));
    this.#exports.close();
    const [at, length] = this.#exports.body(FACTS, ...this.#passed(""), 0);
    const bytes = new Uint8Array(this.#exports.memory.buffer as ArrayBuffer).slice(at, at + length);
    this.#exports.__wbindgen_free(at, length, 1);
    // ExportLogsServiceRequest.resource_logs.scope_logs.log_records
    return nested(nested(nested([write(bytes)[1]], 1), 2), 2).flatMap((record) => {
      const attributes = Object.fromEntries(nested([record], 6).map(attribute));
      return NAME in attributes ? [attributes] : [];
    });
  }

  #passed(text: string): [at: number, length: number] {
    const bytes = new TextEncoder().encode(text);
    const at = this.#exports.__wbindgen_malloc(bytes.length, 1);
    new Uint8Array(this.#exports.memory.buffer).set(bytes, at);
    return [at, bytes.length];
  }
}

interface Exports {
  memory: WebAssembly.Memory;
  add(at: number, length: number): void;
  close(): number;
  body(path: number, batchIdAt: number, batchIdLength: number, sentAt: number): [at: number, length: number];
  __wbindgen_malloc(length: number, align: number): number;
  __wbindgen_free(at: number, length: number, align: number): void;
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
/** Writes them as the edge does. */
const write = writerOf(new WebAssembly.Module(bytesOf(otlp)));

/** `KeyValue` of OTLP: a string or a double. */
function attribute(bytes: Uint8Array): [string, string | number] {
  const [key] = nested([bytes], 1);
  const [value] = nested([bytes], 2);
  const [[number, content] = [0, NOTHING]] = fields(value ?? NOTHING);
  const { buffer, byteOffset, length } = content;
  const read = number == 4 && length == 8 ? new DataView(buffer, byteOffset).getFloat64(0, true) : decoder.decode(content);
  return [decoder.decode(key), read];
}

/** The contents of one field of messages. */
const nested = (messages: Uint8Array[], wanted: number): Uint8Array[] =>
  messages.flatMap((message) => fields(message).flatMap(([number, content]) => (number == wanted ? [content] : [])));

/** The fields of a protobuf message, each with its bytes. */
function fields(message: Uint8Array): [number: number, content: Uint8Array][] {
  const all: [number, Uint8Array][] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const wire = tag & 7;
    const from = wire == 0 ? at : undefined;
    const length = wire == 0 ? (varint(), 0) : wire == 1 ? 8 : wire == 5 ? 4 : varint();
    all.push([tag >> 3, message.subarray(from ?? at, (at += length))]);
  }
  return all;
}

const decoder = new TextDecoder();
const NOTHING = new Uint8Array();
/** The body of a batch that is its facts. */
const FACTS = 1;
const NAME = "browser.web_vital.name";
