// The client of the shop's API.

export interface Product {
  sku: string;
  name: string;
  description: string;
  priceCents: number;
}

export interface Item {
  sku: string;
  quantity: number;
}

export interface Order {
  number: number;
  currency: string;
  totalCents: number;
}

export interface Voucher {
  code: string;
  discountPercent: number;
}

/** An error response of the API, with its message. */
export class ApiError extends Error {
  override name = "ApiError";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export async function fetchProducts(): Promise<Product[]> {
  const response = await call<{ products: Product[] }>("GET", "/api/products");
  return response.products;
}

export function placeOrder(items: readonly Item[]): Promise<Order> {
  return call("POST", "/api/orders", { items });
}

export function fetchVoucher(code: string): Promise<Voucher> {
  return call("GET", `/api/vouchers/${encodeURIComponent(code)}`);
}

/** The message of a failed call, for a person. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function call<Body>(method: string, path: string, body?: unknown): Promise<Body> {
  const response = await fetch(path, {
    method,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new ApiError(response.status, await refusal(response));
  return (await response.json()) as Body;
}

/** `{"error": "…", "fields": {"items[0].sku": "is not sold here"}}`, or no JSON at all. */
async function refusal(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { error: string; fields?: Record<string, string> };
    const fields = Object.entries(problem.fields ?? {}).map(([field, wrong]) => `${field} ${wrong}`);
    return [problem.error, ...fields].join("; ");
  } catch {
    return `the shop answered ${response.status}`;
  }
}

const TIMEOUT_MS = 10_000;
