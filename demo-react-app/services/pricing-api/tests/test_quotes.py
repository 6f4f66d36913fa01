from pricing_api.quotes import Item, offer, price


def mug(quantity: int) -> Item:
    return Item(sku="mug", quantity=quantity, unit_cents=1455)


def test_fewer_than_three_cost_the_list_price() -> None:
    prices = price([mug(2)])
    assert (prices.lines[0].unit_cents, prices.total_cents) == (1455, 2910)


def test_three_cost_less_and_the_discount_is_rounded_down() -> None:
    prices = price([mug(3), Item(sku="lamp", quantity=1, unit_cents=6900)])
    assert [line.total_cents for line in prices.lines] == [3 * 1310, 6900]
    assert prices.total_cents == 3930 + 6900


def test_every_offer_has_an_id_of_its_own() -> None:
    prices = price([mug(1)])
    assert offer(prices).id != offer(prices).id
    assert offer(prices).total_cents == prices.total_cents
