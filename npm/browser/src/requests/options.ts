// Options of requests.

import type { Templates } from "../templates/template.js";

/** Options of `describeRequests`. */
export interface RequestOptions {
  /** Templates of the addresses of requests, such as `/api/orders/{id}`: names of their spans, and `url.template`. */
  templates?: Templates;
  /** Whether a template is guessed where none is known (default `false`): an edge learns better ones. */
  guess?: boolean;
  /**
   * Addresses of GraphQL, in the form of templates. The operation's name and type are read in a body that is a
   * text, or in the query of the address.
   */
  graphql?: readonly string[];
  /**
   * Addresses of requests that have neither a span nor a header: a text is an address in the form of templates
   * (`/health`, `https://stats.example/{path*}`), or an origin; a regular expression is tried on origin and path.
   */
  ignoreUrls?: readonly (string | RegExp)[];
  /** Names of headers of requests that are recorded; those of secrets never are. */
  requestHeaders?: readonly string[];
  /** Names of headers of responses, likewise; another origin names those that it shows in `Access-Control-Expose-Headers`. */
  responseHeaders?: readonly string[];
}
