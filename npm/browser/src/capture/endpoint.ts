// Where does telemetry go, in whose name, and which requests may carry the trace?

import { DEPLOYMENT_ENVIRONMENT_NAME, SERVICE_NAME, SERVICE_VERSION } from "../generated/semconv.js";
import type { Options } from "../options.js";
import type { Attributes } from "./minimal-otlp.js";
import { posting, type Post } from "./post.js";

/** What the options say, resolved once. */
export interface Endpoint {
  /** Address of one of the receiver's paths, key included. */
  address(path: string): string;
  post: Post;
  /** Whether a request is our own. */
  isOurs(href: string): boolean;
  /** Whether a request of the page may carry `traceparent`. */
  mayPropagate(url: URL): boolean;
  /** Whether the receiver speaks OTLP and nothing else. */
  plainOtlp: boolean;
  /** Resource attributes that the developer chose. */
  resource: Attributes;
}

/** The endpoint that the options name. */
export function endpointOf(options: Options): Endpoint {
  const { endpoint, key, tracePropagationTargets = [], tracePropagationExclusions = [] } = options;
  const { origin, pathname } = new URL(endpoint, document.baseURI);
  const base = `${origin}${pathname.replace(/\/$/, "")}/v1/`;
  return {
    address: (path) => base + path + (key ? `?key=${encodeURIComponent(key)}` : ""),
    post: posting(),
    // The page's own API may be below the same address.
    isOurs: (href) => href.startsWith(base) && /^(bundle|facts|logs|traces)(\?|$)/.test(href.slice(base.length)),
    mayPropagate: (url) =>
      (url.origin == location.origin || isAmong(tracePropagationTargets, url)) && !isAmong(tracePropagationExclusions, url),
    plainOtlp: options.protocol == "otlp",
    resource: [
      [SERVICE_NAME, options.serviceName || "unknown_service"],
      [SERVICE_VERSION, options.serviceVersion],
      [DEPLOYMENT_ENVIRONMENT_NAME, options.environment],
    ],
  };
}

const isAmong = (targets: readonly (string | RegExp)[], { origin, pathname }: URL): boolean =>
  targets.some((target) =>
    typeof target == "string"
      ? target.replace(/\/$/, "") == origin
      : // `search` rather than `test`, which a global expression answers differently each time.
        (origin + pathname).search(target) >= 0,
  );
