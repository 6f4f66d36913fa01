// What was clicked?

/**
 * A name for the span, the tag and a selector, out of an event's path: the element that
 * was clicked, and what it was in. By now the page may have taken it away.
 */
export function describeTarget(path: readonly EventTarget[]): string[] {
  const elements = path.filter((one) => one instanceof Element);
  const at = Math.max(0, elements.findIndex((one) => one.matches(CONTROLS)));
  const control = elements[at];
  if (!control) return [];
  const tag = control.localName;
  const label = control.getAttribute("data-testid") ?? control.id;
  const selector = elements.slice(at, at + DEPTH).map(simpleSelector).reverse().join(" > ");
  return [`click ${tag}${label && `#${label}`}`, tag, selector];
}

const simpleSelector = ({ localName, id, classList }: Element): string =>
  localName + (id ? `#${id}` : [...classList].map((name) => `.${name}`).join(""));

/** What a person means to click, rather than the icon in it. */
const CONTROLS = "a,button,input,select,textarea,label,summary,option,[role],[data-testid]";
const DEPTH = 4;
