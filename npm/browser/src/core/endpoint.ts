// Resolves the options: the receiver's addresses, the resource, and which requests carry `traceparent`.

import { DEPLOYMENT_ENVIRONMENT_NAME, SERVICE_NAME, SERVICE_VERSION } from "../generated/semconv.js";
import type { Options } from "../options.js";
import type { Attributes } from "./minimal-otlp.js";
import { ofDocument } from "./platform.js";
import { posting, type Post } from "./post.js";

/** The options, resolved once. */
export interface Endpoint {
  /** Address of one of the receiver's paths, key included. */
  address(path: string): string;
  post: Post;
  /** Whether a request goes to the receiver: those are not traced. */
  isOurs(href: string): boolean;
  /** Whether a request of the page may carry `traceparent`. */
  mayPropagate(url: URL): boolean;
  /** Whether the receiver reads only OTLP, no Bundle and no facts. */
  plainOtlp: boolean;
  /** Whether the engine may be compiled. */
  webAssembly: boolean;
  /** Resource attributes from the options. */
  resource: Attributes;
}

/** Resolves options; throws when the endpoint is no URL. */
export function endpointOf(options: Options): Endpoint {
  const { endpoint, key } = options;
  // As they are at the call: the page may change its lists later.
  const targets = [...(options.tracePropagationTargets ?? [])];
  const exclusions = [...(options.tracePropagationExclusions ?? [])];
  const { origin, pathname } = new URL(endpoint, ofDocument("baseURI"));
  const base = `${origin}${pathname.replace(/\/$/, "")}/v1/`;
  return {
    address: (path) => base + path + (key ? `?key=${encodeURIComponent(key)}` : ""),
    post: posting(),
    // The page's own API may be below the same address.
    isOurs: (href) => href.startsWith(base) && /^(bundle|facts|logs|traces)(\?|$)/.test(href.slice(base.length)),
    mayPropagate: (url) =>
      (url.origin == location.origin || matches(targets, url)) && !matches(exclusions, url),
    plainOtlp: options.protocol == "otlp",
    webAssembly: options.webAssembly != false,
    resource: [
      [SERVICE_NAME, options.serviceName || "unknown_service"],
      [SERVICE_VERSION, options.serviceVersion],
      [DEPLOYMENT_ENVIRONMENT_NAME, options.environment],
    ],
  };
}

const matches = (targets: readonly (string | RegExp)[], { origin, pathname }: URL): boolean =>
  targets.some((target) =>
    typeof target == "string"
      ? target.replace(/\/$/, "") == origin
      : // `search`, because `test` of a global expression depends on the call before.
        (origin + pathname).search(target) >= 0,
  );
