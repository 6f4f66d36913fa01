// The client of the shop's API.

// The basket uses axios, as many shops do: it sends by XMLHttpRequest, so a purchase proves
// that such requests are traced too. The rest of the page uses `fetch`.
import axios from "axios";

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
  const response = await call<{ products: Product[] }>("/api/products");
  return response.products;
}

/** Orders the items; an empty voucher stands for none. */
export async function placeOrder(items: readonly Item[], voucher: string): Promise<Order> {
  const { status, data } = await axios.post<Order>("/api/orders", { items, voucher }, { timeout: TIMEOUT_MS, validateStatus: null });
  if (status >= 300) throw new ApiError(status, refusal(status, data));
  return data;
}

export function fetchVoucher(code: string): Promise<Voucher> {
  return call(`/api/vouchers/${encodeURIComponent(code)}`);
}

/** The message of a failed call, for a person. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function call<Body>(path: string): Promise<Body> {
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.ok) return (await response.json()) as Body;
  throw new ApiError(response.status, refusal(response.status, await response.json().catch(() => undefined)));
}

/** The message of `{"error": "…", "fields": {"items[0].sku": "is not sold here"}}`, or what stands for it in a body that is not that. */
function refusal(status: number, body: unknown): string {
  const { error, fields } = (body ?? {}) as { error?: string; fields?: Record<string, string> };
  if (!error) return `the shop responded with ${status}`;
  return [error, ...Object.entries(fields ?? {}).map(([field, wrong]) => `${field} ${wrong}`)].join("; ");
}

const TIMEOUT_MS = 10_000;
