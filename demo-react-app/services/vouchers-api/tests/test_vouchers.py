import pytest

from vouchers_api.vouchers import UnknownVoucherError, redeem


def test_a_voucher_has_its_discount() -> None:
    assert redeem("WELCOME").discount_percent == 10


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(UnknownVoucherError, match="there is no voucher NONE"):
        redeem("NONE")


def test_the_broken_voucher_raises() -> None:
    with pytest.raises(ZeroDivisionError):
        redeem("BROKEN")
