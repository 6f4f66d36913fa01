// The last use of the tab's session, kept for the next page in it.

/** A session, and when it was used last: ms since the Unix epoch. */
export interface Seen {
  readonly id: string;
  readonly used: number;
  /** When it was noticed that it is over, likewise. */
  readonly noticed?: number;
}

/** Reads what the page before has kept. */
export function read(): Seen | undefined {
  try {
    const [, id, used] = /^([\da-f]{32}),(\d{1,15})$/.exec(sessionStorage.getItem(KEY) ?? "") ?? [];
    return id ? { id, used: +used! } : undefined;
  } catch {
    // Storage is denied: the session then lasts as long as the page.
    return undefined;
  }
}

/** Keeps it for the next page. */
export function write({ id, used }: Seen): void {
  try {
    sessionStorage.setItem(KEY, `${id},${used}`);
  } catch {
    // Storage is denied, or full.
  }
}

/** Removes it. */
export function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Storage is denied.
  }
}

const KEY = "throughline.session";
