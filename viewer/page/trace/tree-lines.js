// @ts-check
// Draws the lines of the tree in a row, with the path from the root.

/** @import { Node } from "../types" */

import { h } from "../dom.js";

/**
 * One column for each ancestor; only the nearest when there are very many.
 * @param {Node} node
 * @param {boolean} linked whether the row is the other end of a link of the node
 * @param {Map<string, number>} pathIndexes index of the child on the path, by node id
 */
export function treeLines(node, linked, pathIndexes) {
  const columns = linked ? [linkColumn(node, pathIndexes)] : [];
  for (let at = node; at.parent && columns.length < LEVELS; at = at.parent) {
    columns.push(column(at, at.parent, at === node && !linked, pathIndexes));
  }
  return h(
    "span",
    { class: "tree", "aria-hidden": "true" },
    ...columns.reverse().map((kind) => h("span", { class: kind })),
  );
}

/**
 * The column below `parent`, at its child `branch`.
 * @param {Node} branch
 * @param {Node} parent
 * @param {boolean} own whether the row is the branch itself, and not below it
 * @param {Map<string, number>} pathIndexes
 */
function column(branch, parent, own, pathIndexes) {
  const runsOn = branch.index < parent.children.length - 1;
  const pathIndex = pathIndexes.get(parent.id);
  const kind = own ? (runsOn ? "tee" : "elbow") : runsOn ? "line" : "gap";
  if (pathIndex === branch.index && own) return `${kind} path-turn`;
  return pathIndex !== undefined && branch.index < pathIndex ? `${kind} path-line` : kind;
}

/**
 * @param {Node} node
 * @param {Map<string, number>} pathIndexes
 */
function linkColumn(node, pathIndexes) {
  const kind = node.children.length > 0 ? "tee" : "elbow";
  return pathIndexes.has(node.id) ? `${kind} path-line` : kind;
}

/** With more columns the names would not be visible. */
const LEVELS = 32;
