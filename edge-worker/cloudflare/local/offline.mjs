// Ends the program when it connects to another machine: `node --import ./offline.mjs …`.
import { Socket, isIP } from "node:net";

const { connect } = Socket.prototype;

Socket.prototype.connect = function (...parameters) {
  // A list is how node's own functions call it, with the options first.
  const [first] = parameters;
  const { host, path } = (Array.isArray(first) ? first[0] : first) ?? {};
  if (host && !path && !(isIP(host) && /^(127\.|::1$)/.test(host)) && host !== "localhost") {
    console.error(`a connection to ${host}`);
    process.exit(7);
  }
  return connect.apply(this, parameters);
};
