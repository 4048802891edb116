"""Enrolment codes: forgiving of how people type, unforgiving of slips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.enrolment_code import ALPHABET, code_from, grouped, normalise
from diary_app.core.errors import Code, RequestRefused

randomness = st.binary(min_size=7, max_size=16)
KNOWN = code_from(bytes(range(7)))


@given(randomness)
def test_a_code_is_read_as_it_was_written(random: bytes) -> None:
    code = code_from(random)

    assert grouped(normalise(code)) == code
    assert len(code) == 14
    assert set(code) <= set(ALPHABET + "-")


@given(randomness, st.sampled_from(["lower", "spaces", "no_dashes", "en_dash", "misread", "padded"]))
def test_a_code_may_be_typed_in_many_ways(random: bytes, way: str) -> None:
    code = code_from(random)
    typed = {
        "lower": code.lower(),
        "spaces": " ".join(code),
        "no_dashes": code.replace("-", ""),
        "en_dash": code.replace("-", " – "),
        "misread": code.replace("0", "o").replace("1", "l"),
        "padded": f"\t{code}\u00a0\n",
    }[way]

    assert normalise(typed) == normalise(code)


def test_codes_are_stable() -> None:
    assert KNOWN == "0108-1G81-8656"


def test_codes_use_fifty_bits() -> None:
    assert len({code_from(bytes([0, value >> 8, value & 255, 0, 0, 0, 0])) for value in range(0, 65536, 97)}) > 600
    assert code_from(b"\xfc" + bytes(6)) == code_from(bytes(7))


@pytest.mark.parametrize("place", range(12))
def test_a_wrong_letter_is_told(place: int) -> None:
    code = normalise(KNOWN)
    wrong = [code[:place] + letter + code[place + 1 :] for letter in ALPHABET if letter != code[place]]

    assert sum(not is_code(typed) for typed in wrong) >= 30


@pytest.mark.parametrize("typed", ["", "0108", f"{KNOWN}0", "0108-1G81-865!", "UUUU-UUUU-UUUU", "æøå", "\ud800"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        normalise(typed)

    assert caught.value.code is Code.CODE_MALFORMED


@given(st.text())
def test_any_text_is_a_code_or_refused(typed: str) -> None:
    assert is_code(typed) in {True, False}


def is_code(typed: str) -> bool:
    """Any other error than a refusal is a defect."""
    try:
        return len(normalise(typed)) == 12
    except RequestRefused:
        return False


def test_too_little_randomness_makes_no_code() -> None:
    with pytest.raises(ValueError, match="7"):
        code_from(bytes(6))
