// A page whose functions are each used once, so that a minifier leaves out their names.

const fail = (label) => register(label);

export function Shop({ order }) {
  fail("Shop");
  return order;
}

export async function* orders() {
  fail("orders");
}

const pay = () => {
  fail("pay");
};

let refund = function () {
  fail("refund");
};

register({
  onClick: pay,
  onUndo: refund,
  Button: register(function Button() {
    fail("Button");
  }),
  onKey: (key) => fail("key"),
});
register([Shop, orders]);
