// Finds the endpoint and the key: in a DSN of an edge, in `tunnel`, or in the options of this package.

/** Where events go. */
export interface Target {
  readonly endpoint: string;
  readonly key?: string;
}

/**
 * The target of these options; nothing when they name none. Throws what is wrong with them.
 *
 * A DSN of an edge is `https://{key}@{host}/{path}/{project}`; the project is a number that selects nothing.
 */
export function targetOf({ dsn, tunnel, endpoint, key }: { dsn?: string | undefined; tunnel?: unknown; endpoint?: string | undefined; key?: string | undefined }): Target | undefined {
  const own = dsn ? ofDsn(dsn) : undefined;
  const base = endpoint ?? (typeof tunnel == "string" && tunnel ? tunnel.replace(ENVELOPE, "") : own?.endpoint);
  const given = key ?? own?.key;
  return base == null ? undefined : { endpoint: base || "/", ...(given && { key: given }) };
}

function ofDsn(dsn: string): Target {
  const [, scheme, key, host, path = ""] = FORM.exec(dsn) ?? [];
  if (!host) throw new Error(`\`dsn\` "${dsn}" is none: ${EXPECTED}`);
  if (/(^|\.)sentry\.io(:|$)/i.test(host))
    throw new Error(`\`dsn\` is of ${host}, and this package sends to a Throughline edge, so nothing is sent: ${EXPECTED}`);
  return { endpoint: `${scheme}://${host}${path}`, key: key! };
}

/** Scheme, key, host, path without the project. */
const FORM = /^(https?):\/\/([^\s:@/]+)(?::[^\s@/]*)?@([^\s@/?#]+?)(\/[^\s?#]*?)?\/\d+\/?$/;
/** The end of the address that Sentry's SDKs derive from a DSN. */
const ENVELOPE = /\/api\/\d+\/envelope\/?(\?.*)?$/;
const EXPECTED = 'put the address of your edge and its key there, "https://pk_…@edge.example/_t/1", or use `endpoint: "/_t"` and `key: "pk_…"` in its place';
