// Resolves the options: the receiver's addresses, the resource, and which requests carry `traceparent`.

import type { Options } from "../options.js";
import { ofDocument } from "./platform.js";
import { asFacts, type Form } from "./minimal.js";
import { posting, type Post } from "./post.js";

/** The options as they were at the start, and what follows from them. */
export interface Endpoint extends Options {
  post: Post;
  /**
   * Resolves the address of a request of the page; returns it, and whether the request may
   * carry `traceparent`. Returns nothing for what is not traced: the receiver, and other
   * schemes than HTTP. Throws when it is no address.
   */
  requestTo(address: string | URL): Target | undefined;
  /** The form in which facts leave the page without the engine. */
  form: Form;
  /** The resource, as the options describe it. */
  resource: Resource;
}

/** The values of `service.name`, `service.version` and `deployment.environment.name`. */
export type Resource = [service: string, version: string | undefined, environment: string | undefined];

/** The address of a request, and whether it may carry `traceparent`. */
export type Target = readonly [url: URL, propagates: boolean];

/** Resolves options; throws when the endpoint is no URL. */
export function endpointOf(options: Options): Endpoint {
  const { endpoint, key, protocol } = options;
  // As they are at the call: the page may change its lists later.
  const targets = [...(options.tracePropagationTargets ?? [])];
  const exclusions = [...(options.tracePropagationExclusions ?? [])];
  const { URL } = window;
  const resolve = (address: string | URL): URL => new URL(address, ofDocument("baseURI"));
  const { origin, pathname } = resolve(endpoint);
  // In a `srcdoc` frame only `origin` is the page's, in a sandboxed one its "null" is right. A
  // variable of the page may stand in its place, but not in that of `location`.
  const own = (/null/.test(location.origin + self.origin) ? self : location).origin;
  const base = `${origin}${pathname.replace(/\/$/, "")}/v1/`;
  return {
    ...options,
    form: (protocol as Form | undefined)?.body ? (protocol as Form) : asFacts,
    requestTo(address) {
      const url = resolve(address);
      const { href, origin } = url;
      // The page's own API may be below the address of the receiver.
      return /^http/.test(href) && !/^(bundle|facts|logs|traces)(\?|$)/.test(href.replace(base, ""))
        ? [url, (origin == own || matches(targets, url)) && !matches(exclusions, url)]
        : undefined;
    },
    resource: [options.serviceName || "unknown_service", options.serviceVersion, options.environment],
    post: posting(base, key ? `?key=${encodeURIComponent(key)}` : ""),
  };
}

const matches = (targets: readonly (string | RegExp)[], { origin, pathname }: URL): boolean =>
  targets.some((target) =>
    typeof target == "string"
      ? target.replace(/\/$/, "") == origin
      : // `search`, because `test` of a global expression depends on the call before.
        (origin + pathname).search(target) >= 0,
  );
