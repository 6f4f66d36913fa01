// Who sends these facts?

import type { Endpoint } from "../capture/endpoint.js";
import type { Fact } from "../capture/facts.js";

/** The header record: the resource, as far as the page knows it. */
export function header({ resource }: Endpoint): Fact {
  const { userAgent, language, userAgentData } = navigator;
  return [
    "H",
    FORMAT,
    VERSION,
    ...resource.map(([, value]) => value),
    userAgent,
    language,
    // Only what the browser says of itself: the user agent string is left to the edge.
    userAgentData?.platform,
    userAgentData && +userAgentData.mobile,
    ...(userAgentData?.brands ?? []).map(({ brand, version }) => `${brand} ${version}`),
  ];
}

/** Version of the facts format. */
const FORMAT = 1;
/** Version of this package; the build puts it in. */
declare const VERSION: string;
