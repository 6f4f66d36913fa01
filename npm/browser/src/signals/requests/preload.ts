// Finds the requests for which the browser takes what the page has preloaded.

import { isRepeated } from "../../core/once.js";
import { ofDocument } from "../../core/platform.js";

/**
 * Whether `<link as="fetch">`, a preload or a prefetch, has asked for this address already: true once for
 * each. With a header that the preload does not have, Firefox would ask again, and the response
 * of the preload, which has no `traceparent`, would be thrown away.
 */
export const isPreloaded = (href: string): boolean =>
  // A live list, which the browser keeps while the document stays the same: a query would search all of it for each request.
  [...(ofDocument("getElementsByTagName").call(document, "link") as HTMLCollectionOf<HTMLLinkElement>)].some(
    (link) => link.as == "fetch" && link.href == href && !isRepeated(link),
  );
