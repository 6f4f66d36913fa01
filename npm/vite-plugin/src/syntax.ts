// Reads the syntax tree of a module: which functions wait, and where.

/** A node of ESTree, as oxc-parser makes it: https://github.com/estree/estree */
export interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** One function that waits, or the module, and what in it is not in an inner function. */
export interface Waiting {
  /** The function; the program of a module. */
  node: Node;
  /** `await`, and `yield` of an asynchronous generator. */
  suspensions: Node[];
  /** `for await`. */
  loops: { loop: Node; /** The loop with its labels. */ statement: Node }[];
  /** `return` with a value in an asynchronous generator, which waits for it. */
  returns: Node[];
  /** The blocks of `catch` and `finally` behind what waits. */
  handlers: Node[];
}

/** Finds the functions of a program that wait, inner ones first. */
export function findWaiting(program: Node): Waiting[] {
  const found: Waiting[] = [];
  const visitFunction = (node: Node): void => {
    const own: Waiting = { node, suspensions: [], loops: [], returns: [], handlers: [] };
    const isGenerator = node["async"] === true && node["generator"] === true;
    let isLeft = false;

    const visit = (child: Node, labelled?: Node): void => {
      const { type } = child;
      if (FUNCTION.test(type)) return visitFunction(child);
      const before = count();
      if (type == "LabeledStatement") {
        return children(child).forEach((one) => visit(one, one == child["body"] ? (labelled ?? child) : undefined));
      }
      // What it disposes of is waited for at the end of the block, where nothing can be written.
      if (type == "VariableDeclaration" && child["kind"] == "await using") isLeft = true;
      children(child).forEach((one) => visit(one));
      if (type == "AwaitExpression" || (type == "YieldExpression" && isGenerator)) own.suspensions.push(child);
      else if (type == "ForOfStatement" && child["await"]) own.loops.push({ loop: child, statement: labelled ?? child });
      else if (type == "ReturnStatement" && isGenerator && child["argument"]) own.returns.push(child);
      else if (type == "TryStatement" && count() > before) {
        for (const block of [(child["handler"] as Node | null)?.["body"], child["finalizer"]]) if (block) own.handlers.push(block as Node);
      }
    };
    const count = (): number => own.suspensions.length + own.loops.length + own.returns.length;
    children(node).forEach((child) => visit(child));
    if (count() && !isLeft && !isRedeclared(node) && !isLastAwait(node, own)) found.push(own);
  };
  visitFunction(program);
  return found;
}

/** The nodes directly in a node, in the order of the source. */
function children(node: Node): Node[] {
  const all: Node[] = [];
  for (const value of Object.values(node))
    for (const one of Array.isArray(value) ? value : [value])
      if (one && typeof one == "object" && typeof (one as Node).type == "string") all.push(one as Node);
  return all;
}

/** Whether nothing of a function runs after its one `await`: `async () => await x`. */
const isLastAwait = ({ body }: Node, { suspensions }: Waiting): boolean => suspensions.length == 1 && suspensions[0] == body;

/**
 * Whether a function that is declared in the body is declared there once more, or is a parameter:
 * in a block, which the body becomes, that is an error or has another meaning.
 */
function isRedeclared(node: Node): boolean {
  const body = node["body"] as Node | Node[];
  if (Array.isArray(body) || body.type != "BlockStatement") return false;
  const statements = body["body"] as Node[];
  const functions = statements.filter(({ type }) => type == "FunctionDeclaration").map(({ id }) => (id as { name: string }).name);
  if (!functions.length) return false;
  const names = new Set<string>();
  const declare = (one: Node): void => {
    if (FUNCTION.test(one.type)) return;
    if (one.type == "Identifier") names.add(one["name"] as string);
    children(one).forEach(declare);
  };
  for (const parameter of node["params"] as Node[]) declare(parameter);
  const find = (one: Node): void => {
    if (FUNCTION.test(one.type)) return;
    if (one.type == "VariableDeclaration" && one["kind"] == "var") (one["declarations"] as Node[]).forEach(({ id }) => declare(id as Node));
    children(one).forEach(find);
  };
  statements.forEach(find);
  return functions.some((name, at) => names.has(name) || functions.indexOf(name) != at);
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;
