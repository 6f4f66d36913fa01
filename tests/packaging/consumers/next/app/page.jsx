// The shop's first page: a server component.

import { Shop } from "./shop.jsx";

export default function Page() {
  return <Shop />;
}
