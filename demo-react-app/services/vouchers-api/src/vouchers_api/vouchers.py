"""Vouchers and their discounts."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Voucher:
    """A code and its discount."""

    code: str
    discount_percent: int


class UnknownVoucherError(LookupError):
    """No voucher has this code; the customer is at fault."""

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


# Part and whole: WELCOME is a discount of one tenth.
TERMS = {
    "WELCOME": (1, 10),
    # Wrong on purpose: with it the demo shows an exception of this service.
    "BROKEN": (1, 0),
}
