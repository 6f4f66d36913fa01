// Describes an element by its tag and the attributes that its authors name it by: no text, which may be personal.

/** The parts of an element that are kept: tag, `id`, `class`, `data-testid`, `role`. Of another target nothing. */
export type Kept = readonly (string | null)[];

/**
 * Returns a name for the span, the tag and a selector of the clicked element, from the path
 * of its event. In a shadow tree the selector is that of the tree.
 */
export function describeTarget(path: readonly Kept[]): readonly [name: string, tag: string, selector: string] {
  const control = path.findIndex(([tag, , , testId, role]) => CONTROLS.test(tag!) || testId != null || role != null);
  const kept = path.slice(Math.max(0, control));
  const [first] = kept;
  if (!first?.[0]) return ["", "", ""];
  const [, id, , testId] = first;
  const label = testId || id;
  return [`click ${tagOf(first)}${label ? `#${label}` : ""}`, tagOf(first), selectorOf(kept)];
}

/** Returns a selector of the first element of a path. */
export function selectorOf([first, ...around]: readonly Kept[]): string {
  // After a slot, and after the root of a shadow tree, the path continues in another tree.
  const end = [...around, []].findIndex(([tag], depth) => depth > 2 || !tag || tag == "slot");
  return [first!, ...around.slice(0, end)].map(simpleSelector).reverse().join(" > ");
}

function simpleSelector(element: Kept): string {
  const [, id, classes] = element;
  const name = escape(tagOf(element));
  const more = id ? `#${escape(id)}` : (classes?.match(/[^ \t\n\f\r]+/g) ?? []).map((one) => `.${escape(one)}`).join("");
  // A selector that is cut off would be invalid.
  return more.length > 500 ? name : name + more;
}

/** The tag; a field of a form that is called `localName` hides the form's. */
const tagOf = ([tag]: Kept): string => (typeof tag == "string" ? tag : "form");

/** Elements that a person means to click, rather than the icon inside. */
const CONTROLS = /^(a|button|input|select|textarea|label|summary|option)$/;
/** A page without `CSS` (a simulated one) gets names as they are. Chromium makes some 70 functions when it is asked for first. */
const escape = (name: string): string => (globalThis.CSS?.escape ?? String)(name);
