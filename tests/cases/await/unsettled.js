// A function that never goes on leaves nothing behind, and neither does a generator that is left.

export default async function ({ request, log }) {
  const never = async () => {
    await null;
    request("then never", "a");
    await new Promise(() => {});
  };
  never();
  async function* left() {
    try {
      yield 1;
      yield 2;
    } finally {
      request("closed", "a");
    }
  }
  const generator = left();
  log(await generator.next(), await generator.return(3), await generator.next());
  request("end", "a");
}
