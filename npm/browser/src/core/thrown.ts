// Describes a thrown value as text.

/**
 * Returns type, message and stack of a thrown value, then those of its causes. Any value
 * can be thrown: every read is guarded, and the value is not changed.
 */
export function describe(thrown: unknown): string[] {
  const fields: string[] = [];
  // A chain longer than this is a loop.
  while (thrown != null && fields.length < 15) {
    let cause: unknown;
    try {
      const { name, message, stack } = thrown as Partial<Error>;
      // An error of another realm is no `instanceof Error`, but has the same properties.
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

const text = (value: unknown): string => String(value).slice(0, LIMIT);

/** Characters; enough for fifty frames of a stack. */
const LIMIT = 8192;
