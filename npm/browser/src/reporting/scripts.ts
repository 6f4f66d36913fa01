// Finds the scripts in a stack, and compares their addresses with what a page lists.

/**
 * The addresses of the frames of a stack that have one, innermost first: `at f (https://a/b.js:1:2)`,
 * `f@https://a/b.js:1:2`. V8 begins it with type and message, in which there may be an address.
 */
export function scriptsIn(stack: string, type?: string, message?: string): string[] {
  const head = `${type}: ${message}`;
  return [...(stack.startsWith(head) ? stack.slice(head.length) : stack).matchAll(PLACE)].map(([, address]) => address!);
}

/**
 * Whether a text has one of the texts in it, or fits one of the expressions, whose flags do not
 * matter. What is no list of those refuses nothing.
 */
export const matches = (patterns: readonly (string | RegExp)[] | undefined, text: string): boolean =>
  Array.isArray(patterns) &&
  patterns.some((pattern: unknown) =>
    typeof pattern == "string" ? pattern && text.includes(pattern) : pattern instanceof RegExp && text.search(pattern) >= 0,
  );

const PLACE = /(?:[(@\s]|^)([\w-]+:\/\/[^\s]+?):\d+(?::\d+)?\)?$/gm;
