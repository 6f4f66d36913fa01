// The entry of plain OTLP for a page with a plain `<script>`: it comes before the script.

import { asOtlp } from "./core/minimal-otlp.js";
import type { Otlp } from "./options.js";

declare global {
  /** Set by `@throughline/browser/script-otlp`, for the script. */
  var ThroughlineOtlp: Otlp | undefined;
}

globalThis.ThroughlineOtlp = asOtlp;
