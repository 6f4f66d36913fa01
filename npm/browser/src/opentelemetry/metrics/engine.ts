// Reduces facts by a further instance of the engine, beside that of the page.

/** The exports of the engine's module: see `delivery/instance.ts`. */
interface Exports {
  memory: WebAssembly.Memory;
  add(at: number, length: number): void;
  close(): number;
  body(path: number, batchIdAt: number, batchIdLength: number, sentAt: number): [at: number, length: number];
  __wbindgen_malloc(length: number, align: number): number;
}

/** Returns the facts as the engine redacts them. */
export function reduce(module: WebAssembly.Module, facts: string): string {
  // The instance is dropped with its memory.
  const engine = new WebAssembly.Instance(module).exports as unknown as Exports;
  const memory = (): Uint8Array => new Uint8Array(engine.memory.buffer);
  const passed = (text: string): [at: number, length: number] => {
    const bytes = new TextEncoder().encode(text);
    const at = engine.__wbindgen_malloc(bytes.length, 1);
    memory().set(bytes, at);
    return [at, bytes.length];
  };
  engine.add(...passed(facts));
  engine.close();
  const [at, length] = engine.body(FACTS, ...passed(""), 0);
  return new TextDecoder().decode(memory().slice(at, at + length));
}

const FACTS = 1;
