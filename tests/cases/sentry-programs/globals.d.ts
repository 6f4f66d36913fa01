// Functions that the test gives to the programs.

/** The DSN of the receiver. */
declare const DSN: string;
/** Notes values, which are the same with both packages. */
declare function note(...values: unknown[]): void;
/** Lets a person click an element; resolves afterwards. */
declare function clicked(selector: string): Promise<void>;
/** Resolves when an element is there. */
declare function shown(selector: string): Promise<void>;
/** Resolves when a condition holds. */
declare function until(condition: () => boolean): Promise<void>;
