// The header fact: format version, resource and browser.

import type { Endpoint } from "../core/endpoint.js";
import type { Fact } from "../core/queue.js";

/** Makes the header: the resource, as far as the page knows it. */
export function header({ resource }: Endpoint): Fact {
  const { userAgent, language, userAgentData } = navigator;
  return [
    "H",
    FORMAT,
    VERSION,
    ...resource.map(([, value]) => value),
    userAgent,
    language,
    // Only the browser's own hints: the edge parses the user agent string.
    userAgentData?.platform,
    userAgentData && +userAgentData.mobile,
    ...(userAgentData?.brands ?? []).map(({ brand, version }) => `${brand} ${version}`),
  ];
}

/** Version of the facts format. */
const FORMAT = 1;
