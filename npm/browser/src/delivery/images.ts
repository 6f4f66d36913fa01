// Finds the debug ids of scripts: bundlers, and plugins of bundlers, put into each script what registers its id.

/**
 * The scripts in the stacks of an exception that have a debug id: addresses, each with its id. A key of a table is a
 * stack that was made in the script; its first frame is the script.
 */
export const imagesIn = (fact: readonly unknown[]): string[] =>
  Object.entries({ ...page._sentryDebugIds, ...page._debugIds, ...page._throughlineDebugIds }).flatMap(([stack, id]) =>
    (/[\w-]+:\S+?(?=:\d+:\d)/.exec(stack) ?? []).flatMap((address) => (`${fact}`.includes(address + ":") ? [address, id] : [])),
  );

/** The tables, by the names that their makers have given them: Sentry's plugin, other bundlers, and our own. */
const page = self as unknown as { [name: string]: Record<string, string> | undefined };
