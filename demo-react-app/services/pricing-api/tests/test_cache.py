from waiting import free_port

from pricing_api import cache
from pricing_api.quotes import Item, price

LAMP = Item(sku="lamp", quantity=1, unit_cents=6900)
MUG = Item(sku="mug", quantity=1, unit_cents=1450)


def test_prices_are_found_for_items_in_another_order(redis_url: str) -> None:
    prices = cache.connect(redis_url)
    assert prices.find([LAMP, MUG]) is None
    prices.store([LAMP, MUG], price([LAMP, MUG]))
    assert prices.find([MUG, LAMP]) == price([LAMP, MUG])


def test_prices_are_not_found_for_another_list_price(redis_url: str) -> None:
    prices = cache.connect(redis_url)
    prices.store([MUG], price([MUG]))
    assert prices.find([MUG.model_copy(update={"unit_cents": 1500})]) is None


def test_without_redis_nothing_is_found() -> None:
    prices = cache.connect(f"redis://127.0.0.1:{free_port()}/0")
    prices.store([MUG], price([MUG]))
    assert prices.find([MUG]) is None
