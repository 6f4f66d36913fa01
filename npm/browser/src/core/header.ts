// The header fact: format version, resource and browser.

import type { Endpoint } from "./endpoint.js";
import { FORMAT, type HeaderFact } from "../generated/facts.js";

/** Makes the header: the resource, as far as the page knows it. */
export function header({ resource }: Pick<Endpoint, "resource">): HeaderFact {
  const { userAgent, language, userAgentData, webdriver } = navigator;
  return [
    "H",
    FORMAT,
    VERSION,
    ...resource,
    userAgent,
    language,
    // Only the browser's own hints: the edge parses the user agent string.
    userAgentData?.platform,
    userAgentData && ((+userAgentData.mobile) as 0 | 1),
    (userAgentData?.brands ?? []).map(({ brand, version }) => `${brand} ${version}`),
    webdriver ? "bot" : "",
  ];
}
