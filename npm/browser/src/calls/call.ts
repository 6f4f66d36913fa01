// A request of the page as an optional part sees it before the client does.

import type { SpanContext } from "../context/span-context.js";

/** A request that is about to be made. */
export interface Call {
  readonly url: URL;
  /** The context of its span, and the id of its parent. */
  readonly context: SpanContext;
  readonly parent: string | undefined;
  /** The body, as the page has given it. */
  readonly body: unknown;
  /** A header that the page has set. */
  header(name: string): string | null | undefined;
  /** Sets a header; another value of the page's is replaced. */
  setHeader(name: string, value: string): void;
}

/** The functions of a part that observes requests. */
export interface Part {
  /**
   * Called with each request, before it is made; returns the page's own attributes of its span, where they
   * are others than those of all that follows, and `false` for a request that is not traced. What it throws is ignored.
   */
  see(call: Call): readonly string[] | false | void;
  /** Called once a request that the client traces has a response; `header` reads those of the response, whose body is left alone. */
  responded?(call: Call, header: (name: string) => string | null, response: Response | XMLHttpRequest): void;
}
