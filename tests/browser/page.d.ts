// What the pages of these tests have besides the browser's own.

interface Window {
  /** What `init` gave. */
  throughline: import("@throughline/browser").Throughline;
  /** Set once the engine runs. */
  engineRuns?: boolean;
}
