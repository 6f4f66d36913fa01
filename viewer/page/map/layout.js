// @ts-check
// Places the nodes of the service map in layers: who calls is before whom is called.

/** @import { ServiceCall, ServiceNode } from "../overviews" */

/**
 * The nodes of each layer, so that few calls cross each other. A call that skips layers has a place in each of
 * them, so that its line passes between the nodes.
 * @param {ServiceNode[]} nodes
 * @param {ServiceCall[]} calls
 * @returns {string[][]} keys of the nodes and of the places
 */
export function layersOf(nodes, calls) {
  const keys = nodes.map(nodeKey);
  const known = new Set(keys);
  /** @type {Map<string, string[]>} */
  const called = new Map(keys.map((key) => [key, []]));
  for (const { from, to } of calls) {
    if (known.has(nodeKey(from)) && known.has(nodeKey(to))) called.get(nodeKey(from))?.push(nodeKey(to));
  }
  const order = callersFirst(keys, called);
  /** @type {Map<string, number>} */
  const layers = new Map(keys.map((key) => [key, 0]));
  const position = new Map(order.map((key, index) => [key, index]));
  for (const key of order) {
    for (const to of called.get(key) ?? []) {
      // A call back, in a cycle, moves nobody.
      if (at(position, to) <= at(position, key)) continue;
      layers.set(to, Math.max(at(layers, to), at(layers, key) + 1));
    }
  }
  /** @type {string[][]} */
  const result = [];
  for (const key of order) (result[at(layers, key)] ??= []).push(key);
  const filled = result.filter(Boolean);
  /** @type {Map<string, string[]>} what follows each node and place in the next layer */
  const next = new Map();
  const layerOf = new Map(filled.flatMap((layer, index) => layer.map((key) => /** @type {const} */ ([key, index]))));
  for (const call of calls) {
    const ends = [nodeKey(call.from), nodeKey(call.to)];
    if (!ends.every((end) => layerOf.has(end))) continue;
    const [first, last] = ends.sort((a, b) => at(layerOf, a) - at(layerOf, b));
    let before = first;
    for (let layer = at(layerOf, first) + 1; layer < at(layerOf, last); layer++) {
      const place = placeKey(call, layer);
      filled[layer].push(place);
      next.set(before, [...(next.get(before) ?? []), place]);
      before = place;
    }
    next.set(before, [...(next.get(before) ?? []), last]);
  }
  return sortLayers(filled, next);
}

/**
 * The key of the place of a call in a layer that it skips.
 * @param {ServiceCall} call
 * @param {number} layer
 */
export function placeKey(call, layer) {
  return JSON.stringify([nodeKey(call.from), nodeKey(call.to), layer]);
}

/**
 * The key of a node, which no other one has.
 * @param {{kind: string, name: string}} node
 */
export function nodeKey({ kind, name }) {
  return JSON.stringify([kind, name]);
}

/**
 * An order in which each comes after its callers, as far as there is no cycle: the reverse of the order
 * in which a search in depth leaves them.
 * @param {string[]} keys
 * @param {Map<string, string[]>} called
 */
function callersFirst(keys, called) {
  const isCalled = new Set([...called.values()].flat());
  const seen = new Set();
  /** @type {string[]} */
  const left = [];
  // Those whom nobody calls first: a cycle is cut where a call from outside enters it.
  for (const start of [...keys.filter((key) => !isCalled.has(key)), ...keys]) {
    if (seen.has(start)) continue;
    seen.add(start);
    const stack = [{ key: start, next: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const to = called.get(top.key)?.[top.next++];
      if (to === undefined) {
        left.push(top.key);
        stack.pop();
      } else if (!seen.has(to)) {
        seen.add(to);
        stack.push({ key: to, next: 0 });
      }
    }
  }
  return left.reverse();
}

/**
 * Sorts each layer by the middle of its callers.
 * @param {string[][]} layers
 * @param {Map<string, string[]>} called
 */
function sortLayers(layers, called) {
  /** @type {Map<string, number>} from 0 to 1 */
  const places = new Map();
  for (const layer of layers) {
    const middle = (/** @type {string} */ key) => {
      const callers = [...places].filter(([from]) => called.get(from)?.includes(key)).map(([, place]) => place);
      return callers.length > 0 ? callers.reduce((sum, place) => sum + place, 0) / callers.length : 0.5;
    };
    const middles = new Map(layer.map((key) => [key, middle(key)]));
    layer.sort((a, b) => at(middles, a) - at(middles, b));
    layer.forEach((key, index) => places.set(key, (index + 0.5) / layer.length));
  }
  return layers;
}

/**
 * @param {Map<string, number>} numbers
 * @param {string} key
 */
function at(numbers, key) {
  return numbers.get(key) ?? 0;
}
