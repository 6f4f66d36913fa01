// The accessible name of an element, without what a person has written or chosen.

import { attribute } from "./attribute.js";

/**
 * Returns the name by which a screen reader calls the element, mostly: https://www.w3.org/TR/accname-1.2/. Styles are not
 * read, and neither is the value of a field, which is a part of the name there.
 */
export function accessibleName(element: Element, role: string): string {
  for (const name of named(element, role)) {
    const text = name.replace(/\s+/g, " ").trim();
    if (text) return text;
  }
  return "";
}

/** Candidates for the name: the first one that is not empty counts. */
function* named(element: Element, role: string): Generator<string> {
  const root = Node.prototype.getRootNode.call(element) as Partial<Document>;
  const ids = attribute(element, "aria-labelledby")?.split(/\s+/) ?? [];
  yield ids.map((id) => spokenOf(root.getElementById?.(id))).join(" ");
  yield attribute(element, "aria-label") ?? "";
  const { labels } = element as HTMLInputElement;
  // A field of a form may have this name.
  if (labels instanceof NodeList) yield [...labels].map((label) => textOf(label)).join(" ");
  if (element.matches("input[type=submit i],input[type=reset i],input[type=button i]")) yield attribute(element, "value") ?? "";
  if (element.matches("img,area,input[type=image i]")) yield attribute(element, "alt") ?? "";
  if (FROM_CONTENT.test(role)) yield childrenOf(element);
  yield attribute(element, "title") ?? "";
  yield attribute(element, "placeholder") ?? "";
}

/** The text of a node within a name, and what stands for it where it has none. */
function textOf(node: Node | null | undefined): string {
  if (node instanceof Text) return node.data;
  return node instanceof Element && !node.matches(SILENT) ? ` ${spokenOf(node)} ` : "";
}

/** The same of an element that is referred to, which may be hidden. */
const spokenOf = (element: Element | null | undefined): string =>
  element ? attribute(element, "aria-label") || (element.matches("img,area") && attribute(element, "alt")) || childrenOf(element) : "";

const childrenOf = (node: Node): string => [...(Reflect.get(Node.prototype, "childNodes", node) as NodeListOf<ChildNode>)].map(textOf).join("");

/** Elements that are not shown, or not said, and fields that are filled in. */
const SILENT = "[hidden],[aria-hidden=true i],script,style,template,noscript,select,textarea,datalist,[contenteditable]:not([contenteditable=false i])";
/** Roles that are named by their content, of those that a person clicks: https://www.w3.org/TR/wai-aria-1.2/#namefromcontent */
const FROM_CONTENT = /^(button|link|option|tab|menuitem(checkbox|radio)?|checkbox|radio|switch|treeitem|heading|cell|gridcell|columnheader|rowheader|tooltip|summary|label)$/;
