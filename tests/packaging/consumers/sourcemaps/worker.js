// The worker.

addEventListener("message", ({ data }) => console.log(data));
