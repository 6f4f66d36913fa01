// An asynchronous generator keeps the span in which it began, whoever asks it for more.

export default async function ({ request, log, open, sleep }) {
  async function* ask() {
    request("begun", "b");
    const got = yield 1;
    request(`got ${got}`, "b");
    await sleep();
    request("later", "b");
    try {
      yield Promise.resolve(2);
    } catch (error) {
      request("caught", "b");
      log(error);
    }
    log(yield* [7, 8], yield* inner(), yield /* nothing */ * [9]);
    yield;
    return Promise.resolve("end");
  }
  async function* inner() {
    await null;
    yield 5;
    return "inner";
  }
  const asked = open("b", ask);
  log(await open("b", () => asked.next()));
  request("between", "a");
  log(await asked.next("x"));
  request("between again", "a");
  log(await asked.throw("thrown in"));
  for (let at = 0; at < 6; at++) log(await asked.next());
  request("end", "a");
}
