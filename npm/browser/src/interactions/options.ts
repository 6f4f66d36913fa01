// Options of interactions.

/** Options of `traceInteractions`. */
export interface InteractionOptions {
  /** Whether keys that do something are recorded (default `true`). */
  keys?: boolean;
  /** Whether submissions of forms are recorded (default `true`). */
  forms?: boolean;
  /**
   * Whether an element without `data-throughline-name` is named by its accessible name (default `false`): `aria-labelledby`,
   * `aria-label`, `<label>`, `alt`, the value of a submit button, a button's or link's own text, `title`. Such a text may be personal.
   */
  accessibleNames?: boolean;
}
