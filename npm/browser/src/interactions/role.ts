// The role of an element: the one that it is given, or that its tag has.

import { attribute } from "./attribute.js";

/** Returns the role, as in https://www.w3.org/TR/html-aam-1.0/#html-element-role-mappings; of an element without one the tag. */
export function roleOf(element: Element): string {
  const { localName: tag } = element;
  // The first of several is what an older browser understands least.
  const given = attribute(element, "role")?.trim().split(/\s+/)[0];
  if (given) return given;
  if (tag == "input") return ofInput(element);
  if (tag == "select") return element.matches("[multiple],[size]:not([size='1'])") ? "listbox" : "combobox";
  if (element.matches("a[href],area[href]")) return "link";
  return ROLES[tag] ?? (typeof tag == "string" ? tag : "form");
}

function ofInput(element: Element): string {
  const type = (attribute(element, "type") ?? "").toLowerCase();
  const role = OF_TYPES[type];
  if (role) return role;
  // A password, a color, a date and a file have none.
  if (/^(password|color|date|datetime-local|month|week|time|file|hidden)$/.test(type)) return "input";
  return attribute(element, "list") ? "combobox" : type == "search" ? "searchbox" : "textbox";
}

const OF_TYPES: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  button: "button",
  submit: "button",
  reset: "button",
  image: "button",
  checkbox: "checkbox",
  radio: "radio",
  range: "slider",
  number: "spinbutton",
};
const ROLES: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  button: "button",
  textarea: "textbox",
  option: "option",
  li: "listitem",
  ul: "list",
  ol: "list",
  img: "img",
  nav: "navigation",
  main: "main",
  aside: "complementary",
  article: "article",
  dialog: "dialog",
  details: "group",
  fieldset: "group",
  table: "table",
  tr: "row",
  td: "cell",
  th: "columnheader",
  h1: "heading",
  h2: "heading",
  h3: "heading",
  h4: "heading",
  h5: "heading",
  h6: "heading",
  form: "form",
};
