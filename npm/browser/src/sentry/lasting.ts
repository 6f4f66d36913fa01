// Sets what the lasting scopes say as attributes of all records that follow.

import { setTyped } from "../reporting/lasting.js";
import { setOwn } from "../reporting/own-attributes.js";
import { withClient } from "../reporting/page-client.js";
import { lastingAttributes, plainAttributes } from "./attributes.js";
import { lasting, mergedContent } from "./content.js";

/** Names of the attributes that the lasting scopes have set. An event has them from its own data. */
export let lastingNames: ReadonlySet<string> = new Set();

/** Sets the attributes of the lasting scopes in place of those that they have set before. */
export function reflectScopes(): void {
  withClient((client) => {
    const content = mergedContent(lasting);
    const texts = lastingAttributes(content);
    setOwn(client.shared, texts, "", (name) => lastingNames.has(name));
    lastingNames = new Set(Object.keys(texts));
    const typed = plainAttributes(content.attributes);
    setTyped(client.shared, typed, (name) => typedNames.has(name));
    typedNames = new Set(Object.keys(typed));
  });
}

/** Those of `setAttributes`, which are no part of an event's own data. */
let typedNames: ReadonlySet<string> = new Set();
