"""Prices and quotes of baskets."""

from uuid import UUID, uuid4

from pydantic import BaseModel, Field


class Item(BaseModel):
    """A product in a basket, with the list price of one piece."""

    sku: str = Field(min_length=1)
    quantity: int = Field(ge=1, le=99)
    unit_cents: int = Field(gt=0)


class Line(Item):
    """An item at the price of this quote."""

    total_cents: int


class Prices(BaseModel):
    """The prices of a basket; the same for every customer, so they can be cached."""

    currency: str
    lines: list[Line]
    total_cents: int


class Quote(Prices):
    """Prices offered to one customer."""

    id: UUID


def price(items: list[Item]) -> Prices:
    """Compute the price of each item, with a discount in bulk."""
    lines = [_line(item) for item in items]
    return Prices(currency="EUR", lines=lines, total_cents=sum(line.total_cents for line in lines))


def offer(prices: Prices) -> Quote:
    """Return the prices as a quote with an id of its own."""
    return Quote(id=uuid4(), **prices.model_dump())


def _line(item: Item) -> Line:
    unit = item.unit_cents
    if item.quantity >= BULK_QUANTITY:
        unit -= unit * BULK_DISCOUNT_PERCENT // 100
    return Line(
        sku=item.sku, quantity=item.quantity, unit_cents=unit, total_cents=unit * item.quantity
    )


BULK_QUANTITY = 3
BULK_DISCOUNT_PERCENT = 10
