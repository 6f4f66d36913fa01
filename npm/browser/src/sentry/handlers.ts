// Finds the client's listeners whose errors are not recorded, by `globalHandlersIntegration`.

import { settings } from "./settings.js";

/** Whether errors that were met in this way are not recorded. */
export function isOff(mechanism: string): boolean {
  if (!/^on/.test(mechanism)) return false;
  const handlers = settings.integrations.find(({ name }) => name == "GlobalHandlers") as { options?: Partial<Record<string, boolean>> } | undefined;
  return !handlers || handlers.options?.[mechanism] === false;
}
