// A timer between, in which other tasks run.

export default async function ({ request, sleep }) {
  await sleep();
  request("after a timer", "a");
  await sleep();
  await sleep();
  request("after three", "a");
}
