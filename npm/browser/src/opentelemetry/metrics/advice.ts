// Advice of the development build about metrics, each once.

/** Warns of a call that records nothing, or not what it says; `about` is the instrument, once for each `text`. */
export function advise(about: string, text: string): void {
  const key = `${about}\n${text}`;
  if (given.size < MOST && !given.has(key)) console.warn(`[throughline] ${about ? `the instrument "${about}": ` : ""}${text}`);
  given.add(key);
}

const given = new Set<string>();
const MOST = 50;
