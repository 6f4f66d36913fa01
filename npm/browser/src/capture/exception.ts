// What was thrown?

/**
 * Type, message and stack of whatever was thrown, then of its causes. Anything can be
 * thrown: every read is guarded, and nothing of it is changed.
 */
export function describe(thrown: unknown): string[] {
  const fields: string[] = [];
  // A chain longer than this is a loop.
  while (thrown != null && fields.length < 15) {
    let cause: unknown;
    try {
      const { name, message, stack } = thrown as Partial<Error>;
      // An error of another realm is no `instanceof Error`, but has what an error has.
      if (typeof message == "string") {
        cause = (thrown as Error).cause;
        fields.push(...[name || "Error", message, stack ?? ""].map(text));
      } else fields.push(typeof thrown, text(typeof thrown == "object" ? JSON.stringify(thrown) : thrown), "");
    } catch {
      fields.push(typeof thrown, "", "");
    }
    thrown = cause;
  }
  return fields;
}

const text = (of: unknown): string => String(of).slice(0, LIMIT);

/** Fifty frames of a stack fit. */
const LIMIT = 8192;
