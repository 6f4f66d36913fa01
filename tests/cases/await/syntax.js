// Forms in which an `await` can stand.

export default async function ({ request, log }) {
  const object = { a: { b: async (one) => one }, list: [1] };
  let value = 1;
  value += await 2
  value = (-(await 3)) ** 2 + +await 4
  const { a = await 5, [await "b"]: b = 6, ...rest } = { b: await undefined, c: 1 }
  log(value, a, b, rest, `text ${await 7} and ${await (8, 9)}`, await object.a.b(await 10), (await object)?.list?.[await 0], typeof await 1, !await 0)
  log(await[1, 2], await`text`, await(await 11), await await 12, new (await Map)().size, await /* a comment */ 13, await // another
    14)
  delete (await object).list;
  [value] = [await 15];
  if (await true) log(value); else await false
  switch (await 1) { case await 1: log("case"); default: await 2 }
  const tag = (parts, ...values) => [...parts, ...values]; log(tag`one ${await 1} two`)
  log(((await 1), await 2) ? await 3 : await 4, await 5 ?? await 6, await 0 || await 7, void await 1, [...await [1]], { ...await { x: 1 } })
  throw await request("thrown", "a")
}
