// Types of exceptions that are failures of a resource or a policy, not of code.

/** An element's resource could not be loaded; it has no stack. */
export const RESOURCE_ERROR = "ResourceError";
/** The content security policy was violated. */
export const POLICY_VIOLATION = "ContentSecurityPolicyViolation";
