// The resource of a page's metrics: that of its other telemetry.

import { header } from "../../core/header.js";
import {
  BROWSER_BRANDS,
  BROWSER_LANGUAGE,
  BROWSER_MOBILE,
  BROWSER_PLATFORM,
  DEPLOYMENT_ENVIRONMENT_NAME,
  SERVICE_NAME,
  SERVICE_VERSION,
  TELEMETRY_SDK_LANGUAGE,
  TELEMETRY_SDK_NAME,
  TELEMETRY_SDK_VERSION,
  USER_AGENT_ORIGINAL,
  USER_AGENT_SYNTHETIC_TYPE,
} from "../../generated/semconv.js";
import type { Options } from "../../options.js";
import { plainAttribute } from "./encode.js";

/** A `Resource`, as crates/throughline-facts/src/otlp/page.rs writes it. */
export function resourceOf({ serviceName, serviceVersion, environment }: Options, version: string): string {
  const [, , , service, release, deployment, userAgent, language, platform, isMobile, brands, synthetic] = header({ resource: [serviceName || "unknown_service", serviceVersion, environment] });
  const attributes: [string, unknown][] = [
    [TELEMETRY_SDK_NAME, "throughline"],
    [TELEMETRY_SDK_LANGUAGE, "webjs"],
    [TELEMETRY_SDK_VERSION, version],
    [SERVICE_NAME, service],
    [SERVICE_VERSION, release],
    [DEPLOYMENT_ENVIRONMENT_NAME, deployment],
    [USER_AGENT_ORIGINAL, userAgent],
    [BROWSER_LANGUAGE, language],
    [BROWSER_PLATFORM, platform],
    [BROWSER_MOBILE, isMobile == null ? undefined : !!isMobile],
    [USER_AGENT_SYNTHETIC_TYPE, synthetic],
    [BROWSER_BRANDS, brands?.length ? brands : undefined],
  ];
  return attributes.map(([name, value]) => (value == null || value === "" ? "" : plainAttribute(1, name, value))).join("");
}
