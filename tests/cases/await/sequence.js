// Requests after each of several awaits.

export default async function ({ request, log }) {
  request("first", "a");
  const value = await request("second", "a");
  request("third", "a");
  log(value, await Promise.resolve(3), await 4);
  await { then: (done) => done(request("in a thenable", undefined)) };
  request("fourth", "a");
  return "returned";
}
