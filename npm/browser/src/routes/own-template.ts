// The template of the page's address as one of the page's own attributes.

import { THROUGHLINE_DOCUMENT_URL_TEMPLATE } from "../generated/semconv.js";

/** The attributes with this template in the place of another one; without one, when it is empty. */
export const withTemplate = (own: readonly string[], template: string): string[] => [
  ...own.filter((_, at) => own[at & ~1] != THROUGHLINE_DOCUMENT_URL_TEMPLATE),
  ...(template ? [THROUGHLINE_DOCUMENT_URL_TEMPLATE, template] : []),
];
