// The operation of a GraphQL request: https://graphql.github.io/graphql-over-http/draft/

/** Its name and type, as far as they are said. Of several operations in one request there is none. */
export interface Operation {
  name?: string | undefined;
  type?: string | undefined;
}

/** Reads the operation in a body that is JSON, or in the query of an address. */
export function operationOf(url: URL, body: unknown): Operation | undefined {
  let operationName: unknown;
  let query: unknown;
  if (typeof body == "string" && body.length <= LONGEST) {
    const read = JSON.parse(body) as Partial<Record<string, unknown>> | null;
    ({ operationName, query } = read ?? {});
  } else if (body == null) {
    operationName = url.searchParams.get("operationName");
    query = url.searchParams.get("query");
  }
  const name = typeof operationName == "string" && NAME.test(operationName) ? operationName : undefined;
  if (typeof query != "string") return name ? { name } : undefined;
  const document = query.replace(/"""[^]*?"""|"(?:\\.|[^"\\\n])*"|#.*/g, "");
  const operations = [...document.matchAll(/(?:^|[}\s,])(query|mutation|subscription)\b\s*([_A-Za-z]\w*)?\s*(?=[({@])/g)].map(([, type, name]) => ({ type, name }));
  const found = operations.find((one) => name && one.name == name) ?? (operations.length < 2 ? (operations[0] ?? { type: "query", name: undefined }) : undefined);
  return found ? { type: found.type, name: name ?? (NAME.test(found.name ?? "") ? found.name : undefined) } : { name };
}

/** A name of GraphQL that no attacker makes long. */
const NAME = /^[_A-Za-z]\w{0,99}$/;
/** UTF-16 code units of a body that is read. */
const LONGEST = 100_000;
