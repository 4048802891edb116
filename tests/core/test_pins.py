"""Which PINs may be chosen."""

import pytest

from diary_app.core.pins import is_easy


@pytest.mark.parametrize("pin", ["0000", "2222", "99999", "111111"])
def test_one_digit_throughout_is_easy(pin: str) -> None:
    assert is_easy(pin)


@pytest.mark.parametrize("pin", ["1234", "0123", "23456", "123456", "7890", "4321", "3210", "98765", "0987"])
def test_digits_in_a_row_are_easy(pin: str) -> None:
    assert is_easy(pin)


@pytest.mark.parametrize("pin", ["1212", "12121", "121212", "123123", "258258"])
def test_a_pattern_that_repeats_is_easy(pin: str) -> None:
    assert is_easy(pin)


@pytest.mark.parametrize("pin", ["2580", "147036", "1243", "1221", "1112", "13579", "120012", "9012"])
def test_other_pins_may_be_chosen(pin: str) -> None:
    assert not is_easy(pin)


def test_few_pins_are_taken_away() -> None:
    assert sum(is_easy(f"{number:04}") for number in range(10_000)) == 100 + 2 * 8
