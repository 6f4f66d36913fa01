// The content security policy, with a nonce for the scripts that Next.js writes into the page.

import { NextResponse } from "next/server";

/** @param {import("next/server").NextRequest} request */
export function proxy(request) {
  const nonce = btoa(crypto.randomUUID());
  const policy = `default-src 'self'; script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-${nonce}'; img-src data:`;
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
}
