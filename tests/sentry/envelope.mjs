// @ts-check
// Reads envelopes of Sentry's SDKs: https://develop.sentry.dev/sdk/foundations/transport/envelopes/

/**
 * The items of an envelope, each with its type.
 * @param {Buffer} body @returns {{ type: string, payload: any }[]}
 */
export function envelopeOf(body) {
  const items = [];
  let at = body.indexOf(10) + 1;
  while (at > 0 && at < body.length) {
    const end = body.indexOf(10, at);
    const { type, length } = JSON.parse(body.subarray(at, end).toString());
    const stop = length == null ? (body.indexOf(10, end + 1) + body.length + 1) % (body.length + 1) || body.length : end + 1 + length;
    items.push({ type, payload: JSON.parse(body.subarray(end + 1, stop).toString()) });
    at = stop + 1;
  }
  return items;
}
