// `for await` over asynchronous and synchronous iterables, left in each way.

export default async function ({ request, log, sleep }) {
  async function* numbers(name) {
    try {
      for (let at = 0; at < 3; at++) {
        request(`${name} ${at}`, "a");
        await sleep();
        request(`${name} ${at} later`, "a");
        yield at;
      }
    } finally {
      request(`${name} closed`, "a");
      await sleep();
      log(name);
    }
    return 9;
  }
  for await (const one of numbers("all")) {
    request(`got ${one}`, "a");
    await null;
    request(`had ${one}`, "a");
  }
  request("after the loop", "a");
  for await (const one of numbers("break")) if (one == 1) break;
  request("after break", "a");
  outer: for (const name of ["x", "y"]) for await (const one of numbers(name)) { log(one); continue outer; }
  request("after continue", "a");
  label: for await (const one of numbers("label")) { if (one) break label; else continue label; }
  request("after a label", "a");
  for await (const one of [Promise.resolve(1), 2]) request(`sync ${one}`, "a");
  try {
    for await (const one of numbers("throw")) throw new Error(`thrown ${one}`);
  } catch (error) {
    request("after a throw", "a");
    log(error.message);
  }
  try {
    for await (const _ of 7);
  } catch (error) {
    log(error instanceof TypeError);
  }
  if (log) for await (const one of numbers("if")) log(one);
  else log("never");
  const given = await (async () => { for await (const one of numbers("return")) return one + 10; })();
  request("after return", "a");
  return given;
}
