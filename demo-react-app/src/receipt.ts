// Reprints receipts.
//
// An old receipt fails on purpose: it was saved before lines had a discount, and the
// saved text is not checked. The error is thrown a few calls deep.

import { euros } from "./money";

interface ReceiptLine {
  name: string;
  totalCents: number;
  discount: { percent: number };
}

interface Receipt {
  number: number;
  lines: ReceiptLine[];
}

export function reprintReceipt(saved: string): string {
  const receipt = JSON.parse(saved) as Receipt;
  return [`Order ${receipt.number}`, ...formatLines(receipt.lines)].join("\n");
}

function formatLines(lines: ReceiptLine[]): string[] {
  return lines.map((line) => formatLine(line));
}

function formatLine(line: ReceiptLine): string {
  return `${line.name}  ${euros(line.totalCents)}${formatDiscount(line)}`;
}

function formatDiscount(line: ReceiptLine): string {
  return line.discount.percent > 0 ? ` (${line.discount.percent} % off)` : "";
}

export const OLD_RECEIPT = '{"number":12,"lines":[{"name":"Stoneware mug","totalCents":1450}]}';
