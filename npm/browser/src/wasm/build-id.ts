// Reads the build id of a module of WebAssembly.

/**
 * The build id of a module in hexadecimal digits; none where it has none. `wasm-ld --build-id` writes a vector of bytes
 * (https://github.com/WebAssembly/tool-conventions/blob/main/BuildId.md), Sentry's `wasm-split` 16 bytes without their number.
 */
export function buildIdOf(module: WebAssembly.Module): string | undefined {
  const [section] = WebAssembly.Module.customSections(module, "build_id");
  if (!section) return;
  const bytes = [...new Uint8Array(section)];
  const isVector = bytes.length != 16 && bytes[0] == bytes.length - 1;
  return bytes
    .slice(+isVector)
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
