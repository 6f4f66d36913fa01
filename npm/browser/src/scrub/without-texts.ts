// The form of what leaves a page that redacts without the engine that does so: its texts are left out.

import { asFacts, isEssential, type Form } from "../core/minimal.js";
import type { ContextFact, Fact } from "../generated/facts.js";
import type { Options, Otlp } from "../options.js";

/** The form of a protocol, with that difference. With a media type of its own, all but the essential facts are counted. */
export function withoutTexts(protocol: Options["protocol"]): Form & Otlp {
  const form = (protocol as Form | undefined)?.body ? (protocol as Form) : asFacts;
  if (DEVELOPMENT && form == asFacts && (protocol ?? "bundle") != "bundle")
    console.warn('[throughline] `protocol` is "bundle", or `otlp` of "@throughline/browser/otlp"');
  return { ...form, type: form.type ?? "text/plain", body: (facts) => form.body(facts.flatMap(stripped)) } as Form & Otlp;
}

/** A fact without the texts that may hold what is to be redacted; none of a kind that has nothing else. */
function stripped(fact: Fact): Fact[] {
  if (fact[0] == "C") {
    // One that delivery has taken has its own time origin in front of the session.
    const length = typeof fact[1] == "number" ? 3 : 2;
    return [fact.slice(0, length) as unknown as ContextFact];
  }
  if (fact[0] == "D") return [fact.slice(0, 6) as unknown as Fact];
  if (fact[0] != "E") return isEssential(fact) || "HM".includes(fact[0]) ? [fact] : [];
  if (DEVELOPMENT) adviseOnce();
  const [kind, at, trace, span, flags, mechanism, , , line, column, type, , , , injected, severity] = fact;
  return [[kind, at, trace, span, flags, mechanism, "", "", line, column, /^[a-z]*(Error|Exception)$/i.test(type!) ? type : "", "REDACTED", "", [], injected, severity]];
}

let isAdvised: boolean | undefined;

/** Says in the development build why texts are missing. */
function adviseOnce(): void {
  if (!isAdvised)
    console.warn(
      "[throughline] an error leaves without its message and stack, because the engine that redacts them is not there: it is not loaded yet, could not be loaded, or the page may not run WebAssembly (a content security policy without 'wasm-unsafe-eval', or `webAssembly: false`)",
    );
  isAdvised = true;
}
