// What was thrown?

/**
 * Type, message and stack of whatever was thrown, then of its causes. Anything can be
 * thrown: every read is guarded, and nothing of it is changed.
 */
export function describe(thrown: unknown): string[] {
  const fields: string[] = [];
  for (let depth = 0; depth < CAUSE_LIMIT && thrown != null; depth++) {
    try {
      const error = thrown as Error;
      if (typeof thrown == "object" && typeof error.message == "string") {
        fields.push(
          // An error of another realm is no `instanceof Error`; its name says what it is.
          error.name || error.constructor?.name || "Error",
          error.message,
          typeof error.stack == "string" ? error.stack : "",
        );
        thrown = error.cause;
      } else {
        fields.push(typeof thrown, typeof thrown == "object" ? JSON.stringify(thrown) : String(thrown), "");
        break;
      }
    } catch {
      fields.push(typeof thrown, "", "");
      break;
    }
  }
  return fields;
}

/** A chain longer than this is a loop. */
const CAUSE_LIMIT = 5;
