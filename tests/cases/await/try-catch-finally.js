// Errors that are thrown after a wait, or because of it, are caught in the span.

export default async function ({ request, log, sleep }) {
  try {
    await Promise.reject(new Error("one"));
  } catch (error) {
    request("in catch", "a");
    log(error.message);
  } finally {
    request("in finally", "a");
    await sleep();
    request("later in finally", "a");
  }
  try {
    await sleep();
    throw new Error("two");
  } catch {
    request("in the second catch", "a");
  }
  try {
    await (async () => {
      try {
        await sleep();
        return "early";
      } finally {
        request("in finally of a return", "a");
        await sleep();
        request("behind it", "a");
      }
    })();
  } finally {
    log("done");
  }
  request("after all", "a");
  await sleep();
  throw new RangeError("thrown");
}
