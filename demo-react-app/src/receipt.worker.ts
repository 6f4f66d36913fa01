// Reprints receipts beside the page's own thread, and fails as they do.

// First, so that it sees every error.
import "@throughline/browser/worker";

import { reprintReceipt } from "./receipt";

addEventListener("message", ({ data }: MessageEvent<string>) => {
  postMessage(reprintReceipt(data));
});
