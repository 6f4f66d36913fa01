// A page with a worker, which Vite bundles by itself.

new Worker(new URL("./worker.js", import.meta.url), { type: "module" }).postMessage("start");
