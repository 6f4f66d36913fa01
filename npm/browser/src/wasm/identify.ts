// Learns the addresses and build ids of the modules of WebAssembly that a page compiles while they are downloaded.

import { startPart } from "../control/part.js";
import { registerModule } from "./register.js";

/**
 * Lets exceptions name the modules of WebAssembly in their stacks with their build ids, by which the edge finds the sources:
 * those that `WebAssembly.instantiateStreaming` and `compileStreaming` compile from now on, as the JavaScript of wasm-bindgen and of
 * Emscripten does. Of a module its section `build_id` is read, once it is compiled. Returns the function that undoes it.
 * Another call while it holds changes nothing.
 */
export const identifyModules = (): (() => void) => startPart("wasm", identify);

function identify(): () => void {
  const undo = [wrap("instantiateStreaming"), wrap("compileStreaming")];
  return () => {
    for (const one of undo.flat()) one();
  };
}

function wrap(name: "instantiateStreaming" | "compileStreaming"): (() => void)[] {
  const native = WebAssembly[name] as Compile;
  if (typeof native != "function") return [];
  const undo: (() => void)[] = [];
  // A method, because it is no constructor, and has the name and the number of parameters of the native one.
  const ours = {
    [name](this: unknown, source: unknown): Promise<unknown> {
      const returned = native.apply(this, arguments as never);
      // A second branch of the promise would hide a rejection that nobody handles; one of a library stays the same.
      if (isOver || returned?.constructor != OwnPromise) return returned;
      return returned.then((compiled) => {
        const register = (response: unknown): void => {
          const { url } = response as Response;
          // A response that a page or a service worker has made itself has none, and neither have the stacks.
          if (url && !isOver) undo.push(registerModule((compiled as WebAssembly.WebAssemblyInstantiatedSource).module ?? compiled, url));
        };
        try {
          // It is fulfilled, so that what it does next is done before the page goes on.
          if (source instanceof OwnPromise) void source.then(register, () => {});
          else register(source);
        } catch {
          // It is no response.
        }
        return compiled;
      });
    },
  }[name]!;
  let isOver = false;
  const { [name]: before } = Object.getOwnPropertyDescriptors(WebAssembly) as Record<string, PropertyDescriptor>;
  Object.defineProperty(WebAssembly, name, { ...before, value: ours });
  return [
    () => {
      isOver = true;
      // What others have put around it stays.
      if ((WebAssembly[name] as unknown) == ours) Object.defineProperty(WebAssembly, name, { ...before });
      for (const one of undo.splice(0)) one();
    },
  ];
}

type Compile = (this: unknown, ...given: unknown[]) => Promise<unknown>;
const OwnPromise = Promise;
