// Tells of changes of an event that have no effect.

import type { Event } from "./event.js";
import { tell } from "./told.js";

/** Remembers the parts of an event that stay as they are; the function that is returned tells which of them were changed. */
export function tellOfFixed(event: Event): (changed: Event) => void {
  if (!DEVELOPMENT) return nothing;
  const before = FIXED.map((name) => JSON.stringify(event[name]));
  return (changed) =>
    FIXED.forEach((name, at) => {
      if (JSON.stringify(changed[name]) != before[at])
        tell(`\`${name}\` of an event stays as it is, whatever \`beforeSend\` or an event processor sets: it is that of the record or of its resource`);
    });
}

const FIXED = ["event_id", "timestamp", "release", "environment", "platform", "sdk", "dist"] as const;
const nothing = (): void => {};
