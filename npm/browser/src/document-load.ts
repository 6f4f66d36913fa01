// The entry of the document's load: what it has loaded, and whether its trace is its own.

export { describeDocumentLoad } from "./document-load/describe.js";
export { ignoreStaleTrace } from "./document-load/stale.js";
