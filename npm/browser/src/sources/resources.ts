// Records images, scripts, styles and media that could not be loaded.

import { isRecording, onShutdown, onWindow } from "../control/started.js";
import { report } from "./reported.js";
import { RESOURCE_ERROR } from "./types.js";

/**
 * Records elements whose resource could not be loaded, as exceptions of the type `ResourceError`, once for
 * each address. Returns the function that ends it.
 */
export function captureResourceErrors(): () => void {
  const seen = new Set<string>();
  const listener = ({ target }: Event): void => {
    try {
      // An error of the page has the window as its target.
      if (!(target instanceof Element)) return;
      const { localName } = target;
      const address = SOURCES.map((name) => (target as unknown as Record<string, unknown>)[name]).find((value) => value && typeof value == "string");
      // A page that loads them in a loop has one record of each. The content of a data: address is no address.
      if (!address || (address as string).startsWith("data:") || !isRecording() || seen.has(`${localName} ${address as string}`) || seen.size == MOST) return;
      seen.add(`${localName} ${address as string}`);
      report(RESOURCE_ERROR, `<${localName}> could not be loaded: ${address as string}`);
    } catch {
      // A page that has changed its elements: nothing is recorded.
    }
  };
  return onShutdown(onWindow(["error"], listener));
}

const SOURCES = ["currentSrc", "src", "href", "data"];
/** Addresses that are recorded. */
const MOST = 100;
