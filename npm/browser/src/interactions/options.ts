// Options of interactions.

/** Options of `traceInteractions`. */
export interface InteractionOptions {
  /** Whether keys that do something are recorded (default `true`). */
  keys?: boolean;
  /** Whether submissions of forms are recorded (default `true`). */
  forms?: boolean;
  /**
   * Whether an element without `data-throughline-name` is named by `aria-label`, or by the text of its `<label>` (default
   * `false`): such a text may be personal.
   */
  accessibleNames?: boolean;
}
