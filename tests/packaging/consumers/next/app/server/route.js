// A route of the server, with everything that a module of both sides may import.

import { init } from "@throughline/browser";
import { captureException } from "@throughline/browser/errors";
import { collectBreadcrumbs } from "@throughline/browser/breadcrumbs";
import { otlp } from "@throughline/browser/otlp";
import "@throughline/browser/script";

export async function GET() {
  const client = init({ endpoint: "/_t", protocol: otlp, serviceName: "shop-web" });
  collectBreadcrumbs();
  captureException(new Error("on the server"));
  await client.flush();
  return new Response("from the server");
}
