// Tells in the development build what is different here, once each.

/** Prints a notice to the console of a development build, once. */
export function tell(notice: string): void {
  if (!DEVELOPMENT || told.has(notice)) return;
  told.add(notice);
  console.warn(`[throughline/sentry] ${notice}`);
}

const told = new Set<string>();
