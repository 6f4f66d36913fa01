// Loops with awaits, labels, continue and break.

export default async function ({ request, log }) {
  outer: for (let one = 0; one < 3; one++) {
    for (const two of [1, 2, await 3]) {
      if (two == 2) continue outer;
      if (one == 2) break outer;
      await null;
      request(`${one} ${two}`, "a");
    }
  }
  let count = 0;
  do await null; while (count++ < 2);
  while (await Promise.resolve(count-- > 0)) request(`while ${count}`, "a");
  for (await 1; (await count) < 1; await count++) log(count);
  request("end", "a");
}
