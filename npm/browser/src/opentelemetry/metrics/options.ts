// Counts of metrics, for `diagnostics` of the entry `control`.

/** Metrics of the page. */
export interface MetricsTold {
  /** Data points of the next export. */
  waiting: number;
  /** Measurements that were not recorded: negative ones of a counter or histogram, what is no finite number, and those of an instrument whose name is not valid or that is one too many. */
  refused: number;
  /** Measurements that were added up without their attributes, because there are too many combinations of those. */
  overflowed: number;
}
