// The entry of plain OTLP, for a receiver that is no Throughline edge.

// It shares the modules of the package's entry.
import "./index.js";
import { asOtlp } from "./core/minimal-otlp.js";
import type { Otlp } from "./options.js";

export type { Otlp } from "./options.js";

/**
 * The protocol of plain OTLP/HTTP: protobuf per signal, and JSON where there is no engine.
 *
 * ```ts
 * import { init } from "@throughline/browser";
 * import { otlp } from "@throughline/browser/otlp";
 *
 * init({ endpoint: "https://collector.example", protocol: otlp, serviceName: "shop-web" });
 * ```
 */
export const otlp: Otlp = asOtlp;
asOtlp.loadWriter = async () => (await import("./delivery/otlp-module.js")).makeWriter;
