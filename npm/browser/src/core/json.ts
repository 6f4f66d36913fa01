// Writes JSON whatever the page has added to its objects.

/** `value` as JSON; a `toJSON` that the page has put on its prototypes is not called. */
export const toJson = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map(toJson).join()}]`
    : typeof value == "object"
      ? `{${Object.entries(value as object).map(([key, one]) => toJson(key) + ":" + toJson(one)).join()}}`
      : // The value of no object is never asked for `toJSON`.
        JSON.stringify(value);
