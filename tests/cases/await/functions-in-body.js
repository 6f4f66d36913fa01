// Declared functions are hoisted, and names that would meet in a block are left alone.

export default async function ({ request, log }) {
  log(early(), typeof later);
  await null;
  request("hoisted", "a");
  function early() {
    return "early";
  }
  var later = 1;
  async function twice(one) {
    await null;
    function one() {}
    var two;
    function two() {}
    return [typeof one, typeof two];
  }
  log(await twice(7));
  request("after it", "a");
}
