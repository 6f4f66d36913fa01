// Records violations of the content security policy.

import { isRecording, onShutdown, onWindow } from "../control/started.js";
import { report } from "./reported.js";
import { POLICY_VIOLATION } from "./types.js";

/**
 * Records violations of the page's content security policy (https://www.w3.org/TR/CSP3/#report-violation)
 * as exceptions of the type `ContentSecurityPolicyViolation`, once for each directive and address. Returns
 * the function that ends it.
 */
export function captureViolations(): () => void {
  const seen = new Set<string>();
  const listener = ({ effectiveDirective, blockedURI, disposition, sourceFile, lineNumber, columnNumber }: SecurityPolicyViolationEvent): void => {
    const message = `${effectiveDirective} ${disposition == "report" ? "would block" : "blocks"} ${blockedURI || "inline"}`;
    if (!isRecording() || seen.has(message) || seen.size == MOST) return;
    seen.add(message);
    // As V8 writes a frame, where the browser says it.
    report(POLICY_VIOLATION, message, sourceFile ? `${POLICY_VIOLATION}: ${message}\n    at ${sourceFile}:${lineNumber}:${columnNumber}` : "");
  };
  return onShutdown(onWindow(["securitypolicyviolation"], listener));
}

/** Violations that are recorded. */
const MOST = 100;
