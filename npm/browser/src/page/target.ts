// What was clicked?

/**
 * A name for the span, the tag and a selector, out of an event's path: the element that
 * was clicked, and what it was in. By now the page may have taken it away.
 */
export function describeTarget(path: readonly EventTarget[]): string[] {
  const elements = path.filter((one) => one instanceof Element);
  const at = Math.max(0, elements.findIndex((one) => matches.call(one, CONTROLS)));
  const control = elements[at];
  if (!control) return [];
  const tag = control.localName;
  const label = attribute(control, "data-testid") || attribute(control, "id");
  const selector = elements.slice(at, at + DEPTH).map(simpleSelector).reverse().join(" > ");
  return [`click ${tag}${label && `#${label}`}`, tag, selector];
}

function simpleSelector(element: Element): string {
  const id = attribute(element, "id");
  return element.localName + (id ? `#${id}` : attribute(element, "class").replace(/\s*(\S+)\s*/g, ".$1"));
}

// A form's own properties may be its fields, by their names:
// https://html.spec.whatwg.org/multipage/forms.html#dom-form-nameditem
const { matches, getAttribute } = Element.prototype;
const attribute = (element: Element, name: string): string => getAttribute.call(element, name) ?? "";

/** What a person means to click, rather than the icon in it. */
const CONTROLS = "a,button,input,select,textarea,label,summary,option,[role],[data-testid]";
const DEPTH = 4;
