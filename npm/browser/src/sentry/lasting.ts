// Sets what the lasting scopes say as attributes of all records that follow.

import { setOwn } from "../reporting/own-attributes.js";
import { withClient } from "../reporting/page-client.js";
import { lastingAttributes } from "./attributes.js";
import { lasting, mergedContent } from "./content.js";

/** Names of the attributes that the lasting scopes have set. An event has them from its own data. */
export let lastingNames: ReadonlySet<string> = new Set();

/** Sets the attributes of the lasting scopes in place of those that they have set before. */
export function reflectScopes(): void {
  withClient((client) => {
    const texts = lastingAttributes(mergedContent(lasting));
    setOwn(client.shared, texts, "", (name) => lastingNames.has(name));
    lastingNames = new Set(Object.keys(texts));
  });
}
