// Formats amounts of money.

export function euros(cents: number): string {
  return format.format(cents / 100);
}

const format = new Intl.NumberFormat("en-IE", { style: "currency", currency: "EUR" });
