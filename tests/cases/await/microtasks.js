// The order of microtasks beside functions that return promises, throw and wait for thenables.

export default async function ({ log, request }) {
  const promise = async () => Promise.resolve("inner");
  const thrower = async () => { await null; throw "x"; };
  const all = [
    (async () => { log(1); await null; log(2); await promise(); log(3); })(),
    (async () => { log(4); await thrower().catch((error) => log(error)); log(5); return promise(); })().then(() => log(6)),
    (async () => { for await (const one of [1, Promise.resolve(2)]) log(one); log(7); })(),
    (async () => { for await (const one of (async function* () { yield 1; yield promise(); return promise(); })()) log(one); log(8); })(),
    Promise.resolve().then(() => log(9)).then(() => log(10)).then(() => log(11)).then(() => log(12)),
  ];
  await Promise.allSettled(all);
  request("end", "a");
}
