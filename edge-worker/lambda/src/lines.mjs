// Lines of a head, in which requests and responses cross into the module. No part of an event may
// begin a line of its own, or a client could say who it is.

/** A path with its query; a line break, which a platform may have decoded, is encoded again. */
export function target(path, query) {
  return `${path || "/"}${query ? `?${query}` : ""}`.replaceAll("\n", "%0A");
}

/** A part of a head on one line. With a carriage return the module refuses it as no header has one. */
export function line(text) {
  return `${text ?? ""}`.replaceAll("\n", "\r");
}
