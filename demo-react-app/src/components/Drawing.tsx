// The drawing of a product.

import type { ReactNode } from "react";

/** A decoration beside the product's name. */
export function Drawing({ sku }: { sku: string }) {
  return (
    <svg className="drawing" viewBox="0 0 120 80" aria-hidden="true" focusable="false">
      {SHAPES[sku] ?? <circle cx="60" cy="40" r="20" className="solid" />}
    </svg>
  );
}

const SHAPES: Record<string, ReactNode> = {
  kettle: (
    <>
      <path d="M42 66h38l-5-26a14 14 0 0 0-28 0z" className="solid" />
      <path d="M47 32a14 14 0 0 1 28 0M79 48l14-12" className="line" />
      <circle cx="61" cy="23" r="3" className="accent" />
    </>
  ),
  mug: (
    <>
      <path d="M40 26h34v32a8 8 0 0 1-8 8H48a8 8 0 0 1-8-8z" className="solid" />
      <path d="M74 34h6a8 8 0 0 1 0 18h-6" className="line" />
      <path d="M50 18q4-5 0-10M62 18q4-5 0-10" className="line thin" />
    </>
  ),
  lamp: (
    <>
      <path d="M44 66h32" className="line" />
      <path d="M60 66V40L78 22" className="line" />
      <path d="M70 12l18 18-20 4z" className="solid" />
      <circle cx="82" cy="36" r="4" className="accent" />
    </>
  ),
  notebook: (
    <>
      <rect x="40" y="12" width="40" height="56" rx="4" className="solid" />
      <path d="M48 12v56" className="line thin inverse" />
      <rect x="56" y="22" width="16" height="8" rx="2" className="accent" />
    </>
  ),
  blanket: (
    <>
      <path d="M28 26h64v34H28z" className="solid" />
      <path d="M28 36h64M28 50h64M50 26v34M70 26v34" className="line thin inverse" />
      <path d="M32 60v8M44 60v8M56 60v8M68 60v8M80 60v8M88 60v8" className="line thin" />
    </>
  ),
  clock: (
    <>
      <circle cx="60" cy="40" r="28" className="solid" />
      <path d="M60 24v16l11 7" className="line inverse" />
      <circle cx="60" cy="40" r="3" className="accent" />
    </>
  ),
};
