// @ts-check
// Which work made the request take as long as it did? Shortening anything else
// would not have made it shorter.
//
// From the end backwards: the child that ended last is what its parent waited for;
// before it began, the one that ended last before that.

/** @import { Node } from "../types" */

/**
 * Marks the stretches on the critical path of a tree.
 * @param {Node} root children sorted by start
 */
export function findCriticalPath(root) {
  /** @type {{node: Node, until: number}[]} */
  const stack = [{ node: root, until: root.end }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node } = next;
    let until = Math.min(node.end, next.until);
    for (const child of waitedFor(node)) {
      if (child.start >= until) continue;
      const end = Math.min(child.end, node.end);
      // It ran beside one that ended later: nobody waited for it.
      if (end > until) continue;
      if (until > end) node.critical.push([end, until]);
      stack.push({ node: child, until: end });
      until = Math.max(child.start, node.start);
    }
    if (until > node.start) node.critical.push([node.start, until]);
  }
}

/**
 * The children that a node may have waited for, the one that ended last first.
 * @param {Node} node
 */
function waitedFor(node) {
  return node.children
    .filter((child) => child.span?.kind !== "consumer" && child.start < node.end && child.end > node.start)
    .sort((a, b) => Math.min(b.end, node.end) - Math.min(a.end, node.end) || b.start - a.start);
}
