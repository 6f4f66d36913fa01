"""What is a voucher worth?"""

from fractions import Fraction

from pydantic import BaseModel


class Voucher(BaseModel):
    """A code and its discount."""

    code: str
    discount_percent: int


class UnknownVoucherError(LookupError):
    """The customer's mistake: no voucher has this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"there is no voucher {code}")


def redeem(code: str) -> Voucher:
    """Return the voucher of a code."""
    terms = TERMS.get(code)
    if terms is None:
        raise UnknownVoucherError(code)
    return Voucher(code=code, discount_percent=_percent(_share(*terms)))


def _percent(share: Fraction) -> int:
    return round(100 * share)


def _share(part: int, whole: int) -> Fraction:
    return Fraction(part, whole)


# Part and whole: WELCOME takes one tenth off.
TERMS = {
    "WELCOME": (1, 10),
    # Wrong on purpose: it is how the demo shows an exception of this service.
    "BROKEN": (1, 0),
}
