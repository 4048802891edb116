"""A rescue file as codes: the same file again from any scanner, or refused with the numbers that are still to scan."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diary_app.core.errors import Code
from diary_app.core.records import GENESIS
from diary_app.core.rescue import MAX_FILE_BYTES, RescueFile, RescueRefused, chain_of, is_proven
from diary_app.core.rescue_codes import (
    MOST_CODES,
    PIECE_BYTES,
    codes_of,
    packed,
    read_codes,
    read_handed_over,
    unpacked,
)
from diary_app.core.sealing import as_text
from diary_app.core.wire import ChainHead
from tests.core.evenings import PHONE

TOKEN = "ab" * 32
OTHER_PHONE = PHONE.replace("1", "2")
HEAD = ChainHead(sequence=7, hash=GENESIS)
#: What a QR code of version 22 holds at its lowest level of correction, in letters.
ROOM = 1460
BEFORE, AFTER = ("", "  ", "\t"), ("\n", "\r\n", " \r", "\n\n")

envelopes = st.binary(max_size=700).map(as_text)
printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=40)
odd = st.one_of(printable, printable.map("xe1:".__add__), st.sampled_from(["xe1:AB", "xe1:A===", "", "12"]))
chains = st.lists(st.lists(st.one_of(envelopes, odd), max_size=8), max_size=3)


def file_with(*chains: list[str], app_version: str = "1") -> RescueFile:
    made = [
        chain_of(TOKEN, device, HEAD, records)
        for device, records in zip((PHONE, OTHER_PHONE, PHONE), chains, strict=False)
    ]
    return RescueFile(app_version=app_version, left_out=2, chains=tuple(made))


def sealed(bytes_in_all: int, seed: int = 1) -> RescueFile:
    """As large as a file with records of that size."""
    lots = random.Random(seed)  # noqa: S311 - the same bytes each time
    return file_with([as_text(lots.randbytes(500)) for _ in range(bytes_in_all // 500)])


FILE = sealed(3000)
CODES = codes_of(FILE)


def refusal(lines: str) -> RescueRefused:
    with pytest.raises(RescueRefused) as refused:
        read_codes(lines)
    return refused.value


@given(chains)
@settings(deadline=None)
def test_every_file_comes_back_as_it_was(records: list[list[str]]) -> None:
    file = file_with(*records)
    assert unpacked(packed(file)) == file
    found = read_codes("\n".join(codes_of(file)))
    assert found == file
    assert all(is_proven(chain, TOKEN) for chain in found.chains)


@given(st.randoms(use_true_random=False))
@settings(deadline=None)
def test_lines_come_as_scanners_and_hands_leave_them(chance: random.Random) -> None:
    lines = [*CODES, *chance.sample(CODES, 2), "", "5701234567890", "Aa"]
    chance.shuffle(lines)
    changed = (chance.choice([str.lower, str.upper])(line) for line in lines)
    text = "".join(chance.choice(BEFORE) + line + chance.choice(AFTER) for line in changed)
    assert read_codes(text) == FILE


def test_codes_without_any_line_end_still_come_apart() -> None:
    assert read_codes("".join(CODES)) == FILE


def test_a_code_is_capital_letters_and_digits_that_fit() -> None:
    assert len(CODES) == 4
    assert all(code.isalnum() and code.isascii() and code == code.upper() for code in CODES)
    assert max(map(len, CODES)) <= ROOM


def test_envelopes_are_not_paid_for_twice() -> None:
    assert len(packed(FILE)) < 3000 + 400


@given(st.sets(st.integers(1, len(CODES)), min_size=1, max_size=len(CODES) - 1))
@settings(deadline=None)
def test_what_is_missing_is_named(gone: set[int]) -> None:
    refused = refusal("\n".join(code for part, code in enumerate(CODES, 1) if part not in gone))
    numbers = ", ".join(map(str, sorted(gone)))
    assert refused.code is Code.RESCUE_CODES_MISSING
    assert refused.message == f"Not all codes are here. Still to scan: {numbers} (of 4)."
    assert refused.pattern.format(**refused.named) == refused.message


@given(st.data())
@settings(deadline=None)
def test_no_changed_letter_goes_unnoticed(data: st.DataObject) -> None:
    part = data.draw(st.integers(0, len(CODES) - 1))
    at = data.draw(st.integers(0, len(CODES[part]) - 1))
    letter = data.draw(st.sampled_from("ABCZ27018-").filter(lambda one: one != CODES[part][at]))
    lines = list(CODES)
    lines[part] = lines[part][:at] + letter + lines[part][at + 1 :]
    refused = refusal("\n".join(lines))
    assert refused.code in {Code.RESCUE_CODES_DAMAGED, Code.RESCUE_CODES_MISSING}
    assert refused.named["numbers"].split(", ")[0] == str(part + 1)
    lines.append(CODES[part])
    assert read_codes("\n".join(lines)) == FILE


def test_a_lost_keystroke_is_told_with_what_else_is_missing() -> None:
    refused = refusal(f"{CODES[0]}\n{CODES[1][:-5]}\n{CODES[2]}")
    assert refused.code is Code.RESCUE_CODES_DAMAGED
    assert "Still to scan: 2, 4 (of 4)" in refused.message


def test_one_damaged_code_alone_is_told() -> None:
    assert "Still to scan: 1, 2, 3, 4 (of 4)" in refusal(CODES[2][:-5]).message


def test_codes_of_two_sets_are_not_put_together() -> None:
    others = codes_of(sealed(3000, seed=2))
    assert refusal("\n".join([*CODES[:3], others[3]])).code is Code.RESCUE_CODES_MIXED
    assert refusal("\n".join([*CODES, *others])).code is Code.RESCUE_CODES_MIXED


@pytest.mark.parametrize("lines", ["", " \r\n\n", "5701234567890\nhttps://diary.example", "XD1", "XD10000ABCDEFGHAAAA"])
def test_lines_without_a_code_are_refused(lines: str) -> None:
    refused = refusal(lines)
    assert (refused.code, bool(refused.remedy)) == (Code.RESCUE_UNREADABLE, True)
    assert "None of these lines" in refused.message


def test_more_than_any_phone_can_show_is_not_even_read() -> None:
    assert "larger than 5 MB" in refusal("A" * (MAX_FILE_BYTES + 1)).message


def test_what_forty_codes_cannot_hold_needs_the_file() -> None:
    assert len(codes_of(sealed((MOST_CODES - 1) * PIECE_BYTES))) <= MOST_CODES
    with pytest.raises(RescueRefused) as refused:
        codes_of(sealed((MOST_CODES + 1) * PIECE_BYTES))
    assert refused.value.code is Code.RESCUE_TOO_MUCH_FOR_CODES


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]\n", packed(FILE)[:-1], packed(FILE) + b"x", packed(FILE).replace(b"[500", b"[-5", 1)],
    ids=["nothing", "no head", "a list", "cut off", "too long", "less than nothing"],
)  # fmt: skip
def test_a_set_of_somebody_else_s_making_is_refused(data: bytes) -> None:
    with pytest.raises(RescueRefused) as refused:
        unpacked(data)
    assert refused.value.code is Code.RESCUE_UNREADABLE


def test_codes_of_a_newer_app_ask_for_an_update() -> None:
    with pytest.raises(RescueRefused, match="newer app"):
        read_codes("\n".join(codes_of(FILE.model_copy(update={"version": 2}))))


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16"])
def test_a_text_file_of_codes_is_told_from_a_rescue_file(encoding: str) -> None:
    assert read_handed_over("\r\n".join(CODES).lower().encode(encoding)) == FILE
    assert read_handed_over(FILE.to_bytes()) == FILE


def test_what_is_neither_is_refused_as_a_file() -> None:
    for data in (b"", b"garbage", FILE.to_bytes()[:-9], bytes(MAX_FILE_BYTES + 1)):
        with pytest.raises(RescueRefused) as refused:
            read_handed_over(data)
        assert refused.value.code is Code.RESCUE_UNREADABLE
