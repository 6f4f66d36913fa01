// @ts-check
// Waits for a condition, with a deadline.

/**
 * Calls `question` until it returns a value; rejects after the deadline, with what there is `instead`.
 * @template T
 * @param {() => T | undefined | false | Promise<T | undefined | false>} question
 * @param {string} what
 * @param {() => unknown} [instead]
 * @returns {Promise<T>}
 */
export async function until(question, what, instead = () => "nothing") {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > deadline) {
      throw new Error(`${what} did not come within ${DEADLINE_MS} ms; there is ${JSON.stringify(instead(), text, 1)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @param {string} _ @param {unknown} value */
const text = (_, value) => (typeof value === "bigint" ? `${value}` : value);

/** Long enough for two busy cores: the longest wait takes a tenth of it. */
const DEADLINE_MS = 20_000;
