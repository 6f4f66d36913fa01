// The path of an element: itself and those around it, as a selector of it needs them.

import type { Kept } from "../context/target.js";

/** Returns the path of a node: of a text, that of its element. */
export function pathOf(node: Node | null | undefined): Kept[] {
  const path: Kept[] = [];
  for (let at = node instanceof Element ? node : node?.parentElement; at && path.length < DEPTH; at = at.parentElement) path.push(keptOf(at));
  return path;
}

/** Of the target of an event what a selector needs; of one that is no element nothing. */
export const keptOf = (target: EventTarget): Kept =>
  target instanceof Element ? [target.localName, ...NAMES.map((name) => Element.prototype.getAttribute.call(target, name))] : [];

/** As in context/target.ts. */
const NAMES = ["id", "class", "data-testid", "role"];
/** A selector has no more. */
const DEPTH = 4;
