// Arrow functions with an expression as their body.

export default async function ({ request, log }) {
  const plain = async () => await 1;
  const list = async (one) => [await one, await request("in a list", "a"), (await 2, one)];
  const object = async () => ({ value: await 3, [await "key"]: await request("in an object", "a") });
  const nested = async () => async () => /* => */ (await 4) + (await (async () => (await 5) + 1)());
  const chosen = async (yes) =>
    yes
      ? (await 1, request("chosen", "a"), // a comment
        "yes")
      : "no";
  log(await plain(), await list(7), await object(), await (await nested())(), await chosen(true), await chosen(false));
  return [1, 2].map(async (one) => one + (await one)).length;
}
