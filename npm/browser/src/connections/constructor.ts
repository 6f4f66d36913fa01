// Observes the objects that a constructor of the browser makes.

/**
 * Puts a proxy in the place of a constructor of the page, and calls `made` with each object. The proxy is the
 * native constructor in all that can be seen: prototype, constants, name, subclasses, and the errors that it throws.
 * Returns the function that undoes it; what others have put around it stays.
 */
export function observeConstructor<Name extends "WebSocket" | "EventSource">(name: Name, made: (object: InstanceType<(typeof globalThis)[Name]>) => void): () => void {
  const native = globalThis[name] as unknown as new (...given: unknown[]) => InstanceType<(typeof globalThis)[Name]>;
  if (typeof native != "function") return () => {};
  const { prototype } = native;
  let isStopped = false;
  const traced = new Proxy(native, {
    construct(target, given, newTarget) {
      const object = Reflect.construct(target, given, newTarget) as InstanceType<(typeof globalThis)[Name]>;
      try {
        if (!isStopped) made(object);
      } catch {
        // Telemetry has ended, or it is an imitation that has no events.
      }
      return object;
    },
  });
  replace(globalThis, name, traced);
  // Its `constructor` is what the page knows by this name.
  replace(prototype, "constructor", traced);
  return () => {
    isStopped = true;
    for (const [object, key] of [[globalThis, name], [prototype, "constructor"]] as const) if (Reflect.get(object, key) == traced) replace(object, key, native);
  };
}

/** Wraps methods of a prototype; returns the function that undoes it. */
export function wrapMethods<Methods extends object>(prototype: object, wrapped: Methods): () => void {
  const undo = Object.entries(wrapped).map(([name, method]) => {
    const native: unknown = Reflect.get(prototype, name);
    Reflect.set(prototype, name, method);
    return () => Reflect.get(prototype, name) == method && Reflect.set(prototype, name, native);
  });
  return () => {
    for (const one of undo) one();
  };
}

/** Sets a property that no loop over properties shows, as the browser has it. */
const replace = (object: object, name: string, value: unknown): boolean =>
  Reflect.defineProperty(object, name, { __proto__: null, configurable: true, enumerable: false, writable: true, value } as PropertyDescriptor);
