// Values of attributes that a page sets.

/** A value of a tag; it is sent as text. */
export type Value = string | number | boolean;

/** Values by name; an absent one removes the attribute. */
export type Values = Readonly<Record<string, Value | null | undefined>>;

/** A value of an attribute that keeps its type: the items of a list have one. */
export type TypedValue = string | number | bigint | boolean | readonly string[] | readonly number[] | readonly bigint[] | readonly boolean[];

/** Values by name, with their types; an absent one removes the attribute. */
export type TypedValues = Readonly<Record<string, TypedValue | null | undefined>>;
