// Reports a failure that is no thrown value.

import { captureException } from "../reporting/capture.js";

/** Records a failure as an exception of this type, which the page has survived. */
export function report(name: string, message: string, stack = ""): void {
  // Read by its properties, as any thrown value.
  captureException({ name, message, stack });
}
