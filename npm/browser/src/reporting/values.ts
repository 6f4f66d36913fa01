// Values of attributes that a page sets.

/** A value of an attribute; it is sent as text. */
export type Value = string | number | boolean;

/** Values by name; an absent one removes the attribute. */
export type Values = Readonly<Record<string, Value | null | undefined>>;
