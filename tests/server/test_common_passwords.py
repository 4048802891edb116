"""A new password that guessers try first is refused, and words that do not belong together never are."""

import sys
from functools import cache

import pytest

from diary_app.core.errors import CommandRefused
from server.access import common_passwords
from server.access.common_passwords import ListMissing, common, is_common
from server.access.passwords import SHORTEST, check_choice


@pytest.mark.parametrize(
    "password",
    [
        "qazwsxedcrfv", "1q2w3e4r5t6y", "QAZWSXEDCRFV", "sonyericsson", "123456789987654321",
        "123456789012", "qwertyuiop12", "1234567890!!", "password1234", "Password12345678", "P4ssw0rd2026!",
        "2026!Football", "passwordpassword", "letmein letmein", "monkey1monkey2", "dragondragondragon",
        "..Liverpool..2026",
        "Velkommen2026", "Kodeord12345!", "adgangskode1", "Sommer2026!!!", "xerodiary2026",
    ],
)  # fmt: skip
def test_the_commonest_and_what_is_close_to_them_are_refused(password: str) -> None:
    assert len(password) >= SHORTEST
    with pytest.raises(CommandRefused, match="one of the commonest"):
        check_choice(password, "carol")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery", "rolig vinter aften", "tre gule både sejler", "monkey dragon shadow",
        "password manager elk",
        "84739283746 horse", "x7#kQ9!vLm2p", "hospitalet ved søen", "1!2!3!4!5!6!7!8", "ærø og læsø i nat",
    ],
)  # fmt: skip
def test_several_words_and_what_is_made_by_chance_are_taken(password: str) -> None:
    assert not is_common(password)


def test_every_listed_password_that_is_long_enough_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_passwords, "common", cache(common))  # else read anew for each of them
    listed = [one for one in common().split("\n") if len(one) >= SHORTEST]
    assert len(listed) > 200
    assert [one for one in listed if not is_common(one)] == []


def test_the_list_is_the_commonest_thirty_thousand() -> None:
    listed = common().split("\n")
    assert listed[1:4] == ["123456", "password", "12345678"]
    assert len(listed) > 30_000


def test_nothing_of_it_is_loaded_or_kept() -> None:
    assert is_common("password1234")
    assert not [name for name in sys.modules if name.partition(".")[0] == "zxcvbn"]


def test_a_text_that_keeps_others_busy_is_answered_like_any() -> None:
    assert not is_common("4@8({[</369&#!1/|0$5+7%2" * 5)


def test_a_list_that_is_not_there_is_no_list_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common_passwords, "find_spec", lambda _name: None)
    with pytest.raises(ListMissing):
        is_common("password1234")
