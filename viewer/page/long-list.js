// @ts-check
// Draws a list as it is scrolled, so that thousands of items cost as much as the visible ones.

/**
 * @template T
 * @param {HTMLElement} container has nothing else in it
 * @param {object} how
 * @param {(item: T) => HTMLElement} how.draw
 * @param {(item: T) => string} [how.key] the content of an item, which keeps its element
 * @param {number} [how.step] items that are drawn at a time
 */
export function longList(container, { draw, key, step = STEP }) {
  /** @type {T[]} */
  let items = [];
  /**
   * The elements of the first items, in order.
   * @type {Map<unknown, HTMLElement>}
   */
  let drawn = new Map();
  const observer = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) drawUpTo(drawn.size + step, new Map());
  });

  /**
   * Draws items up to `count` behind those that are drawn.
   * @param {number} count
   * @param {Map<unknown, HTMLElement>} before elements to be used again
   */
  function drawUpTo(count, before) {
    for (const item of items.slice(drawn.size, count)) {
      const name = key ? uniqueKey(key(item)) : drawn.size;
      const element = before.get(name) ?? draw(item);
      before.delete(name);
      const there = container.children[drawn.size] ?? null;
      if (there !== element) container.insertBefore(element, there);
      drawn.set(name, element);
    }
    for (const element of before.values()) element.remove();
    observer.disconnect();
    const last = container.lastElementChild;
    if (last && drawn.size < items.length) observer.observe(withBox(last));
  }

  /**
   * Items of equal content look the same, so they may exchange their elements.
   * @param {string} content
   */
  function uniqueKey(content) {
    let name = content;
    for (let copy = 2; drawn.has(name); copy++) name = `${content} ${copy}`;
    return name;
  }

  return {
    /**
     * Shows these items; as many stay drawn as were.
     * @param {T[]} next
     */
    show(next) {
      items = next;
      const before = drawn;
      drawn = new Map();
      drawUpTo(Math.max(step, before.size), before);
    },
  };
}

/**
 * Fills a container with items that do not change.
 * @template {HTMLElement} C
 * @template T
 * @param {C} container
 * @param {T[]} items
 * @param {(item: T) => HTMLElement} draw
 * @param {number} [step] items that are drawn at a time
 */
export function fillAsScrolled(container, items, draw, step) {
  longList(container, { draw, step }).show(items);
  return container;
}

/**
 * An element of `display: contents` has no box to be seen.
 * @param {Element} element
 */
function withBox(element) {
  return element.classList.contains("boxless") ? (element.lastElementChild ?? element) : element;
}

/** Items that are drawn at a time, where each is a few elements. */
const STEP = 100;
