// @ts-check
// Computes the critical path: the work that decided the duration of the trace.
//
// From the end backwards: a parent waited for the child that ended last, and before that
// child began, for the child that ended last before it.

/** @import { Node } from "../types" */

/**
 * Marks the time ranges on the critical path of a tree.
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
      // The child ran in parallel with one that ended later, so its parent did not wait for it.
      if (end > until) continue;
      if (until > end) node.critical.push([end, until]);
      stack.push({ node: child, until: end });
      until = Math.max(child.start, node.start);
    }
    if (until > node.start) node.critical.push([node.start, until]);
  }
}

/**
 * The children that a node may have waited for, sorted by end, latest first.
 * @param {Node} node
 */
function waitedFor(node) {
  return node.children
    .filter((child) => child.span?.kind !== "consumer" && child.start < node.end && child.end > node.start)
    .sort((a, b) => Math.min(b.end, node.end) - Math.min(a.end, node.end) || b.start - a.start);
}
