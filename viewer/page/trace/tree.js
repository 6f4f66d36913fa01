// @ts-check
// Walks the tree of spans.

/** @import { Node, Row } from "../types" */

/**
 * Every node, each before its children.
 * @param {Node[]} roots
 * @returns {Generator<Node>}
 */
export function* walk(roots) {
  // No recursion: a trace may be one chain of thousands.
  const stack = [...roots].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (let index = node.children.length - 1; index >= 0; index--) stack.push(node.children[index]);
  }
}

/**
 * The path from the root to a node.
 * @param {Node} node
 */
export function pathTo(node) {
  const path = [];
  for (let at = /** @type {Node | null} */ (node); at; at = at.parent) path.push(at);
  return path.reverse();
}

/**
 * The visible rows: all but those below a collapsed node, and below each span the other
 * ends of its links.
 * @param {Node[]} roots
 * @param {Set<string>} collapsed
 * @returns {Row[]}
 */
export function rowsOf(roots, collapsed) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Node | null} */
  let collapsedNode = null;
  for (const node of walk(roots)) {
    if (collapsedNode && node.depth > collapsedNode.depth) continue;
    collapsedNode = collapsed.has(node.id) ? node : null;
    rows.push({ node, linked: null });
    for (const linked of node.linked) rows.push({ node, linked });
  }
  return rows;
}

/**
 * The unique key of a row.
 * @param {Row} row
 */
export function rowId({ node, linked }) {
  return linked ? `row-${node.id}-${linked.span_id}` : `row-${node.id}`;
}
