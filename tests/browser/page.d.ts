// Globals of the pages of these tests.

interface Window {
  /** The client. */
  throughline: import("@throughline/browser").Throughline;
  /** Set once the engine runs. */
  engineRuns?: boolean;
}
