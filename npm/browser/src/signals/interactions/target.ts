// Describes the element that was clicked.

/**
 * Returns a name for the span, the tag and a selector of the clicked element. They come
 * from the event's path, because the page may have removed the element since.
 */
export function describeTarget(path: readonly EventTarget[]): readonly [name: string, tag: string, selector: string] {
  const elements = path.filter((one) => one instanceof Element);
  const at = Math.max(0, elements.findIndex((one) => matches.call(one, CONTROLS)));
  const control = elements[at];
  if (!control) return ["", "", ""];
  const tag = control.localName;
  const label = attribute(control, "data-testid") || attribute(control, "id");
  const selector = elements.slice(at, at + DEPTH).map(simpleSelector).reverse().join(" > ");
  return [`click ${tag}${label && `#${label}`}`, tag, selector];
}

function simpleSelector(element: Element): string {
  const id = attribute(element, "id");
  return element.localName + (id ? `#${id}` : attribute(element, "class").replace(/\s*(\S+)\s*/g, ".$1"));
}

// The fields of a form hide its own properties of the same name:
// https://html.spec.whatwg.org/multipage/forms.html#dom-form-nameditem
const { matches, getAttribute } = Element.prototype;
const attribute = (element: Element, name: string): string => getAttribute.call(element, name) ?? "";

/** Elements that a person means to click, rather than the icon inside. */
const CONTROLS = "a,button,input,select,textarea,label,summary,option,[role],[data-testid]";
const DEPTH = 4;
