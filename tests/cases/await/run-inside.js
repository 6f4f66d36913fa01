// A span that is opened in the middle, with a function that waits.

export default async function ({ request, open, sleep }) {
  await sleep();
  const inner = open("b", async () => {
    request("begun", "b");
    await sleep();
    request("later", "b");
  });
  request("outside", "a");
  await inner;
  request("after it", "a");
}
