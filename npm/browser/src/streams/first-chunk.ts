// Observes when a page gets the first chunk of a response, without reading anything itself.
//
// No entry of the browser tells when a body begins: `responseStart` is the head. So what the page calls to read
// is observed: `getReader`, `for await`, `pipeThrough` and `tee` of the stream. Own properties of this one response, its
// stream and its reader stand in front of those of the prototype and call them; once the chunk is there they are gone.

import { elapsed, setTimeout } from "../core/platform.js";

/** Calls `told` once: with the time at which the page got the first chunk, or without, when that will not be known. */
export function watchFirstChunk(response: Response, told: (at?: number) => void): void {
  const undo: (() => void)[] = [];
  let isTold = false;
  const tell = (at?: number): void => {
    if (isTold) return;
    isTold = true;
    for (const one of undo) one();
    told(at);
  };

  setTimeout(() => tell(), LONGEST_MS);

  /** Puts a property in front of that of the prototype; one that the object has itself is a library's, and stays. */
  const put = (object: object, name: PropertyKey, descriptor: PropertyDescriptor): void => {
    if (isTold || Object.getOwnPropertyDescriptor(object, name) || !Reflect.defineProperty(object, name, { __proto__: null, configurable: true, ...descriptor } as PropertyDescriptor)) return;
    undo.push(() => Reflect.deleteProperty(object, name));
  };
  /** Puts a method there: `work` gets what the native one returns. */
  const putMethod = (object: object, name: PropertyKey, work: (returned: any) => unknown): void => {
    const native: unknown = Reflect.get(object, name);
    if (typeof native != "function") return;
    const method = {
      [name](this: unknown, ...given: unknown[]): unknown {
        const returned = native.apply(this, given) as unknown;
        return isTold ? returned : work(returned);
      },
    }[name as string];
    put(object, name, { writable: true, value: method });
  };
  /** The page reads in a way that has no chunks, or none at all. */
  const giveUp = (object: object, names: readonly string[]): void => {
    for (const name of names)
      putMethod(object, name, (returned) => {
        tell();
        return returned;
      });
  };
  const watchRead = (object: object, name: string): void =>
    putMethod(object, name, (read: Promise<{ done?: boolean }>) =>
      // A second branch of the promise would hide a rejection that nobody handles.
      read?.constructor == OwnPromise
        ? read.then(
            (result) => {
              tell(result?.done ? undefined : elapsed());
              return result;
            },
            (error: unknown) => {
              tell();
              throw error;
            },
          )
        : read,
    );
  const watchStream = (stream: ReadableStream): void => {
    putMethod(stream, "getReader", (reader: object) => {
      watchRead(reader, "read");
      return reader;
    });
    for (const name of ["values", Symbol.asyncIterator])
      putMethod(stream, name, (iterator: object) => {
        watchRead(iterator, "next");
        return iterator;
      });
    // What comes out of a transformation is the first that the page gets.
    putMethod(stream, "pipeThrough", (readable: ReadableStream) => {
      watchStream(readable);
      return readable;
    });
    putMethod(stream, "tee", (branches: [ReadableStream, ReadableStream]) => {
      branches.forEach(watchStream);
      return branches;
    });
    giveUp(stream, ["pipeTo", "cancel"]);
  };

  giveUp(response, ["arrayBuffer", "blob", "bytes", "formData", "json", "text"]);
  put(response, "body", {
    get() {
      const stream = Reflect.get(Object.getPrototypeOf(response) as object, "body", response) as ReadableStream | null;
      if (stream) watchStream(stream);
      else tell();
      return stream;
    },
  });
}

/** A body that nobody reads, or that has no chunk for so long, has none. */
const LONGEST_MS = 30_000;
const OwnPromise = Promise;
