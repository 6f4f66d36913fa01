// The entry of what a page says of its requests: templates, operations of GraphQL, headers.

export { describeRequests } from "./requests/describe.js";
export type { RequestOptions } from "./requests/options.js";
export type { Templates } from "./templates/template.js";
