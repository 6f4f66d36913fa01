// @ts-check
// The measures: what each is called, its unit, and its goal.

/**
 * `above`: the number of a page without an SDK in the same round is taken off.
 * @typedef {{ title: string, unit: string, digits: number, above?: true, goal?: string }} Measure
 */

/** @satisfies {Record<string, Measure>} */
export const MEASURES = {
  brotli: { title: "brotli, whole", unit: "KB", digits: 2, goal: "17.00" },
  brotliFirst: { title: "brotli, what the page waits for", unit: "KB", digits: 2, goal: "4.00" },
  sessionBytes: { title: "scripted session: bodies", unit: "B", digits: 0, goal: "2,000" },
  sessionRequests: { title: "scripted session: requests", unit: "", digits: 0, goal: "1" },
  sessionPreflights: { title: "scripted session: preflights", unit: "", digits: 0, goal: "0" },
  init: { title: "init, main thread", unit: "CPU ms", digits: 2, goal: "floor's" },
  firstSecond: { title: "first second, main thread, above no SDK", unit: "CPU ms", digits: 1, above: true, goal: "8" },
  slowInit: { title: "from the page's first line to the end of init, CPU ×4", unit: "ms", digits: 0 },
  slowTask: { title: "longest task of the program, CPU ×4", unit: "CPU ms", digits: 1, goal: "50" },
  fetchSync: { title: "a fetch, until it returns", unit: "CPU µs", digits: 0, goal: "120" },
  fetchAll: { title: "a fetch, all of it, above no SDK", unit: "CPU µs", digits: 0, above: true, goal: "250" },
  errorSync: { title: "an error, until it is reported", unit: "CPU µs", digits: 0, goal: "55" },
  errorAll: { title: "an error, all of it, above no SDK", unit: "CPU µs", digits: 0, above: true, goal: "150" },
  heapLoaded: { title: "heap after load, above no SDK", unit: "KiB", digits: 0, above: true, goal: "200" },
  heapAsked: { title: "heap after 500 fetches, above no SDK", unit: "KiB", digits: 0, above: true, goal: "300" },
  inp: { title: "INP of a busy page", unit: "ms", digits: 0, goal: "no SDK's" },
  listBytes: { title: "visit of a list: bodies", unit: "B", digits: 0 },
  listRequests: { title: "visit of a list: requests", unit: "", digits: 0 },
  listThread: { title: "visit of a list, main thread, above no SDK", unit: "CPU ms", digits: 0, above: true },
  interaction: { title: "mean interaction of a busy page", unit: "ms", digits: 1, goal: "no SDK's" },
};

/** @typedef {keyof typeof MEASURES} Id */
