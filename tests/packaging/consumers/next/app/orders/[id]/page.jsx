// The page of an order: a server component with controls of the browser.

import { Shop } from "../../shop.jsx";

/** @param {{ params: Promise<{ id: string }> }} properties */
export default async function Page({ params }) {
  const { id } = await params;
  return <Shop order={id} />;
}
