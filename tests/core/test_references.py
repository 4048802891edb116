"""A reference says where a statement is kept, and nothing by which somebody is known or reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.references import Identifying, identifying


@pytest.mark.parametrize(
    "text",
    ["", "phone note 12", "CRF page 7 of 2026-11-25", "letter 2026-11-25, folder 3", "20-1234", "log 471/2026",
     "2026-11-25 10:30", "visit M8 no. 001"],
)  # fmt: skip
def test_a_plain_reference_is_fine(text: str) -> None:
    assert identifying(text) is None


@pytest.mark.parametrize(
    "text",
    ["010190-1234", "0101901234", "010190 1234", "cpr:010190-1234.", "010190\u20131234",
     "\uff10\uff11\uff10\uff11\uff19\uff10-1234",
     "2026-11-25 010190-1234", "010190/1234", "010190 - 1234", "010190_1234", "010190:1234"],
)  # fmt: skip
def test_a_cpr_number_is_found(text: str) -> None:
    assert identifying(text) is Identifying.CPR


@pytest.mark.parametrize(
    "text",
    ["12345678", "12 34 56 78", "tel. 1234 5678", "+45 12 34 56 78", "12-34-56-78", "(045) 12345678", "+4512345678",
     "0045 12 34 56 78", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "+46 123 456", "12,34,56,78",
     "12_34_56_78"],
)  # fmt: skip
def test_a_telephone_number_is_found(text: str) -> None:
    assert identifying(text) is Identifying.PHONE


@pytest.mark.parametrize(
    "text", ["a@b.dk", "alice @ example.org", "alice\uff20example.org", "a(at)b.dk", "a [AT] b.dk"]
)
def test_an_address_is_found(text: str) -> None:
    assert identifying(text) is Identifying.EMAIL


@given(
    st.dates(),
    st.integers(0, 9999),
    st.sampled_from(["", "-", " ", ".", "/", "_", ":", ", "]),
    st.text(" abc,", max_size=9),
)
def test_no_cpr_number_slips_through(born: object, rest: int, between: str, around: str) -> None:
    number = f"{born:%d%m%y}{between}{rest:04d}"
    assert identifying(f"{around}{number}{around}") is not None
