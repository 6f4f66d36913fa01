// Warns of wrong options in the development build, and how to correct them.

import type { Options, Otlp, Signals } from "./options.js";

/**
 * Prints warnings about options to the console; never throws. Only the development build
 * has this: bundlers choose it by the condition `development`.
 */
export function advise(given: Options): void {
  page[FIRST] = given;
  const options: Partial<Record<keyof Options, unknown>> = given ?? {};
  if (typeof options.endpoint != "string" || !options.endpoint)
    warn('init needs `endpoint`, the address of the edge: init({ endpoint: "/_t", … })');
  else if (/\/v1(\/|$)/.test(options.endpoint))
    warn(`\`endpoint\` is the base address, without "/v1/…": ${options.endpoint.replace(/\/v1.*/, "") || "/"}`);
  if (typeof options.serviceName != "string" || !options.serviceName)
    warn('init needs `serviceName`, the name of the page in traces: init({ serviceName: "shop-web", … })');
  const { protocol = "bundle" } = options;
  const isForm = !!protocol && typeof protocol == "object" && "body" in protocol;
  const isOtlp = isForm && (protocol as Partial<Otlp>).type == "application/json";
  if (options.key == null && !isOtlp)
    warn("without `key` only an edge that accepts everybody accepts the page's telemetry");
  if (protocol == "otlp")
    warn('`protocol: "otlp"` is the script\'s, a module takes the export `otlp` of "@throughline/browser/otlp": init({ protocol: otlp, … })');
  else if (protocol != "bundle" && !isForm)
    warn(`\`protocol\` is "bundle", or \`otlp\` of "@throughline/browser/otlp", not ${JSON.stringify(protocol)}`);
  for (const name of ["tracePropagationTargets", "tracePropagationExclusions"] as const) {
    const targets = options[name] ?? [];
    if (!Array.isArray(targets)) warn(`\`${name}\` is a list of origins and regular expressions`);
    else for (const target of targets) if (typeof target == "string") adviseTarget(name, target);
  }
  const signals = (options.signals ?? {}) as Record<string, unknown>;
  const wrong = Object.keys(signals).filter((name) => !SIGNALS.includes(name) || typeof signals[name] != "boolean");
  if (wrong.length) warn(`\`signals\` turns ${SIGNALS.join(", ")} off, each with \`false\`: look at \`${wrong.join("`, `")}\``);
  for (const name of Object.keys(options))
    if (!KNOWN.includes(name)) warn(`\`${name}\` is not an option${ELSEWHERE[name] ? `: ${ELSEWHERE[name]}` : ""}`);
}

/** Warns of a second call of `init` that changes nothing: of another version, or with other options than the first one. */
export function adviseAgain(version: string, options: Options): void {
  if (version != VERSION) warn(`the page already runs version ${version}; this copy of version ${VERSION} uses its client`);
  const first = page[FIRST];
  const others = first && Object.keys({ ...first, ...options }).filter((name) => text(first, name) != text(options, name));
  if (others?.length)
    warn(`the page has a client already, and \`${others.join("`, `")}\` of the first \`init\` stays: apps that share a page are named by \`app\` of @throughline/browser/apps`);
}

const text = (options: Options, name: string): string => String(options?.[name as keyof Options]);
/** The options of the page's client, for development builds of all copies. */
const FIRST = Symbol.for("throughline.options");
/** As in control/pending.ts. */
const OFF = Symbol.for("throughline.off");
const page = globalThis as { [FIRST]?: Options; [OFF]?: boolean };

/** Tells why `init` does nothing in this page, and what to do. */
export function adviseOff({ embedded }: Options): void {
  // Calls of other functions need no advice.
  page[OFF] = true;
  if (top != window && !embedded)
    warn("init does nothing in a frame, for the page around it has a client of its own: to record the frame as a page besides, add `embedded: true`");
  else if (location.protocol.includes("-extension") && !embedded)
    warn("init does nothing in a page of a browser extension: to record it, add `embedded: true`");
  else
    warn('init does nothing in this browser, which asks not to be followed (Global Privacy Control): once the person has agreed add `consent: "granted"`');
}

/** Warns of a part of the package that could not be started. */
export function adviseDegraded(part: string, reason: unknown): void {
  warn(`${part} could not be started, the rest runs: ${reason}`);
}

function adviseTarget(name: string, target: string): void {
  let origin: string | undefined;
  try {
    origin = new URL(target).origin;
  } catch {
    // Reported below.
  }
  if (origin == undefined || origin != target.replace(/\/$/, ""))
    warn(
      `\`${name}\` compares origins: "${target}" equals none.` +
        (origin ? ` Write "${origin}", or a regular expression.` : ""),
    );
}

const warn = (text: string): void => console.warn(`[throughline] ${text}`);

const FILTER = "give it to `filterErrors` of @throughline/browser/errors";
const KEEP = "call `keep` of @throughline/browser/keep after `init`";
/** Names that other packages have, and what they are called here. */
const ELSEWHERE: Record<string, string> = {
  keep: KEEP,
  sampleRate: KEEP,
  tracesSampleRate: KEEP,
  release: "it is `serviceVersion`",
  ignoreErrors: FILTER,
  allowUrls: FILTER,
  denyUrls: FILTER,
  beforeSend: FILTER,
};

const SIGNALS = Object.keys({ errors: 1, fetch: 1, xhr: 1, interactions: 1, vitals: 1, documentLoad: 1 } satisfies Record<keyof Signals, 1>);

const KNOWN = Object.keys({
  endpoint: 1,
  key: 1,
  serviceName: 1,
  serviceVersion: 1,
  environment: 1,
  tracePropagationTargets: 1,
  tracePropagationExclusions: 1,
  protocol: 1,
  webAssembly: 1,
  consent: 1,
  embedded: 1,
  signals: 1,
} satisfies Record<keyof Options, 1>);
