import axios, { type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, fetchVoucher, placeOrder } from "./api";

/** The response that axios is to return, and the request that it was given. */
function respondToOrder(status: number, data: unknown) {
  const sent = vi.fn((config: InternalAxiosRequestConfig): Promise<AxiosResponse> =>
    Promise.resolve({ status, data, statusText: "", headers: {}, config }),
  );
  axios.defaults.adapter = sent;
  return sent;
}

function response(status: number, body: string) {
  const fetched = vi.fn((_path: string, _init?: RequestInit) =>
    Promise.resolve(new Response(body, { status })),
  );
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

describe("api", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("sends an order as JSON and returns it with its number", async () => {
    const sent = respondToOrder(201, { number: 1001, currency: "EUR", totalCents: 1450 });
    expect(await placeOrder([{ sku: "mug", quantity: 1 }], "WELCOME")).toMatchObject({ number: 1001 });
    expect(sent.mock.calls[0]?.[0]).toMatchObject({
      url: "/api/orders",
      method: "post",
      data: '{"items":[{"sku":"mug","quantity":1}],"voucher":"WELCOME"}',
    });
  });

  it("names the wrong fields in its error", async () => {
    respondToOrder(422, { error: "some fields are wrong", fields: { "items[0].sku": "is not sold here" } });
    await expect(placeOrder([], "")).rejects.toThrow(
      new ApiError(422, "some fields are wrong; items[0].sku is not sold here"),
    );
  });

  it("names the status when the response is not JSON", async () => {
    response(502, "<h1>Bad Gateway</h1>");
    await expect(fetchVoucher("A/B")).rejects.toThrow("the shop responded with 502");
  });

  it("sends a voucher code as one path segment", async () => {
    const fetched = response(200, "{}");
    await fetchVoucher("A/B");
    expect(fetched.mock.calls[0]?.[0]).toBe("/api/vouchers/A%2FB");
  });
});
