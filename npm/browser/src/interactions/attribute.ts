// Reads attributes of elements as they were written.

/** The value of an attribute: fields of a form hide its own properties, whatever those are. */
export const attribute = (element: Element, name: string): string | null => Element.prototype.getAttribute.call(element, name);
