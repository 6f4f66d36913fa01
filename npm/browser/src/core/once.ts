// Remembers which objects were handled before: events, errors, links to what is preloaded,
// and facts that could not be read.

/** Whether an object was given before; other values never were. */
export function isRepeated(value: unknown): boolean {
  const object = Object(value) as object;
  return handled.has(object) || !handled.add(object);
}

/** The objects that were given. */
export const handled = new WeakSet<object>();
