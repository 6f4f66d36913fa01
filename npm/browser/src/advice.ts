// What is wrong with the options, and what should they be?

import type { Options } from "./options.js";

/**
 * Says in the console what a developer should change, and never throws. Only the
 * development build has this: bundlers choose it by the condition `development`.
 */
export function advise(given: Options): void {
  const options: Partial<Record<keyof Options, unknown>> = given ?? {};
  const say = (text: string): void => console.warn(`[throughline] ${text}`);
  if (typeof options.endpoint != "string" || !options.endpoint)
    say('init needs `endpoint`, the address of the edge: init({ endpoint: "/_t", … })');
  else if (/\/v1(\/|$)/.test(options.endpoint))
    say(`\`endpoint\` is the base address, without "/v1/…": ${options.endpoint.replace(/\/v1.*/, "") || "/"}`);
  if (typeof options.serviceName != "string" || !options.serviceName)
    say('init needs `serviceName`, what the page is called in traces: init({ serviceName: "shop-web", … })');
  if (options.key == null && options.protocol != "otlp")
    say("without `key` only an edge that is open to everybody takes what the page sends");
  if (options.protocol != null && options.protocol != "bundle" && options.protocol != "otlp")
    say(`\`protocol\` is "bundle" or "otlp", not ${JSON.stringify(options.protocol)}`);
  for (const name of ["tracePropagationTargets", "tracePropagationExclusions"] as const) {
    const targets = options[name] ?? [];
    if (!Array.isArray(targets)) say(`\`${name}\` is a list of origins and regular expressions`);
    else for (const target of targets) if (typeof target == "string") adviseTarget(name, target, say);
  }
  for (const name of Object.keys(options)) if (!KNOWN.includes(name)) say(`\`${name}\` is not an option`);
}

function adviseTarget(name: string, target: string, say: (text: string) => void): void {
  let origin: string | undefined;
  try {
    origin = new URL(target).origin;
  } catch {
    // Said below.
  }
  if (origin == undefined || origin != target.replace(/\/$/, ""))
    say(
      `\`${name}\` compares origins: "${target}" equals none.` +
        (origin ? ` Write "${origin}", or a regular expression.` : ""),
    );
}

const KNOWN: string[] = [
  "endpoint",
  "key",
  "serviceName",
  "serviceVersion",
  "environment",
  "tracePropagationTargets",
  "tracePropagationExclusions",
  "protocol",
] satisfies (keyof Options)[];
