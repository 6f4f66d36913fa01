// The entry of what a page says of its errors: functions of which a page loads those that it uses.

export { captureException, captureMessage, log, type CaptureOptions, type MessageOptions, type Severity } from "./reporting/capture.js";
export { filterErrors, type Cause, type ErrorFilter, type RecordedError } from "./reporting/filter.js";
export { setAttributes } from "./reporting/lasting.js";
export { setContext, setTag, setTags, setUser, type User } from "./reporting/scope.js";
export type { TypedValue, TypedValues, Value, Values } from "./reporting/values.js";
