// The entry of further sources of errors: each is a function, of which a page loads those that it uses.

// It shares code with that entry, which so has it.
import "./errors.js";

export { captureConsole } from "./sources/console.js";
export { captureResourceErrors } from "./sources/resources.js";
export { captureViolations } from "./sources/violations.js";
export { captureWorker } from "./sources/worker.js";
