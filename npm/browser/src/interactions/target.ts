// Describes the element of an interaction, by its role and what its page's author has named it.

import { APP_WIDGET_NAME, BROWSER_CSS_SELECTOR, BROWSER_TAG_NAME } from "../generated/semconv.js";
import { describeTarget } from "../context/target.js";
import { accessibleName } from "./accessible-name.js";
import { attribute } from "./attribute.js";
import { roleOf } from "./role.js";

/** An element as it was when the interaction began. */
export interface Target {
  /** Role and name, for the name of the span. */
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
}

/** Reads the element of an event from its path. */
export function targetOf(path: readonly EventTarget[], accessibleNames: boolean | undefined): Target {
  const elements = path.filter((one): one is Element => one instanceof Element);
  const [, tag, selector] = describeTarget(
    path.map((one) => (one instanceof Element ? [one.localName, ...["id", "class", "data-testid", "role"].map((name) => attribute(one, name))] : [])),
  );
  const control = elements.find((one) => one.matches(CONTROL)) ?? elements[0];
  const role = control ? roleOf(control) : tag;
  const label = control ? labelOf(elements, control, accessibleNames ? role : undefined) : "";
  const id = control && (attribute(control, "data-testid") || attribute(control, "id"));
  return {
    name: `${role}${label ? ` "${label}"` : id ? `#${id}` : ""}`,
    attributes: [
      [BROWSER_TAG_NAME, tag],
      [BROWSER_CSS_SELECTOR, selector],
      [APP_WIDGET_NAME, label],
    ],
  };
}

/** The name by the page's author; else, if there is a `role`, the accessible one. */
function labelOf(elements: readonly Element[], control: Element, role: string | undefined): string {
  const given = attribute(control, NAME) ?? elements.map((one) => attribute(one, NAME)).find((name) => name);
  const label = given || (role ? accessibleName(control, role) : "");
  return label.replace(/\s+/g, " ").trim().slice(0, LONGEST);
}

const NAME = "data-throughline-name";
const CONTROL = `a,button,input,label,option,select,summary,textarea,[role],[${NAME}]`;
/** UTF-16 code units of a name. */
const LONGEST = 80;
