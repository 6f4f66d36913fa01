// Two functions at a time in spans of their own, and one in none.

export default async function ({ request, open, sleep }) {
  const work = async (name, times) => {
    for (let at = 0; at < times; at++) {
      await (at % 2 ? null : sleep());
      request(`${name} ${at}`, name);
    }
  };
  await Promise.all([open("b", () => work("b", 4)), open("c", () => work("c", 5)), open(undefined, () => work(undefined, 3)), work("a", 6)]);
  request("after all", "a");
  open("d", () => request("in a span", "d"));
  request("behind it", "a");
}
