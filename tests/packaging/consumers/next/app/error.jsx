"use client";
// Next.js shows this page in place of one that has thrown.

import { captureException } from "@throughline/browser/errors";
import { useEffect } from "react";

/** @param {{ error: Error, reset: () => void }} properties */
export default function ErrorPage({ error, reset }) {
  useEffect(() => captureException(error, { handled: false }), [error]);
  return <button id="again" onClick={reset}>Try again</button>;
}
