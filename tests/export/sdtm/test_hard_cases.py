"""What is rare: paper, travel, wrong clocks, entries beside their window, mixed versions, and what no file can hold."""

import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import LateReason, Mode
from diary_app.core.errors import CommandRefused
from diary_app.core.facts import ExcuseReason
from diary_app.core.grading import State, UnknownReason
from diary_app.core.instruments import Choice, Instrument
from diary_app.core.paper import PaperReason
from server.export.content import CutKind, Opener
from server.export.sdtm import open_reference, open_sdtm
from server.export.sdtm.questions import catalogue
from server.export.sdtm.terms import REASONS, reason_not_done
from tests.export.sdtm.people import DMD, NOW, STUDY, about, day, entry, evening, person, write

DAY = date(2026, 6, 1)


@pytest.mark.parametrize("opener", [open_sdtm, open_reference])
def test_nobody_at_all_makes_valid_empty_files(tmp_path: Path, opener: Opener) -> None:
    written = write(tmp_path, [], opener=opener)
    assert set(written.said.values()) == {0}
    assert not [file.name for file in tmp_path.iterdir() if file.stat().st_size == 0 or file.name.startswith(".")]


def test_a_participant_without_anything_is_in_the_key_alone(tmp_path: Path) -> None:
    assert write(tmp_path / "qs", [person()]).rows() == []
    key = write(tmp_path / "key", [person()], opener=open_reference)
    assert key.said == Counter(participants=1)
    assert "MESRIX-MORE-01-001" in (tmp_path / "key" / "dm_key.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(("mode", "timeliness"), [(Mode.PAPER, "ON PAPER"), (Mode.INTERVIEW, "INTERVIEW")])
def test_what_staff_typed_is_done_but_never_on_time(tmp_path: Path, mode: Mode, timeliness: str) -> None:
    typed = entry(DAY, evening(DAY), mode=mode, paper_reason=PaperReason.PHONE_FAILED)
    written = write(tmp_path, [person([typed], [day(DAY, State.DONE)])])
    said = written.said_of(written.rows()[0])
    assert (said["QSTIMELI"], said["QSMODE"], said["QSORIGIN"], said["QSPAPRS"]) == (
        timeliness, mode.value.upper(), "STAFF", "PHONE FAILED",
    )  # fmt: skip
    assert written.said["done"] == 1


def test_where_somebody_travels_is_not_told(tmp_path: Path) -> None:
    abroad = entry(DAY, evening(DAY), zone="Asia/Kathmandu", utc_offset_minutes=345)
    written = write(tmp_path, [person([abroad], [day(DAY, State.DONE)])])
    row = written.rows()[0]
    said = written.said_of(row)
    assert (said["QSTZ"], said["QSOFF"], row["QSDTC"]) == ("OTHER", "+05:45", "2026-06-02T00:45:00")


def test_west_of_greenwich_the_offset_is_negative(tmp_path: Path) -> None:
    west = entry(DAY, evening(DAY), zone="America/St_Johns", utc_offset_minutes=-150)
    written = write(tmp_path, [person([west])])
    assert written.said_of(written.rows()[0])["QSOFF"] == "-02:30"


@pytest.mark.parametrize(("offset", "flag"), [(None, None), (300_000, None), (300_001, "Y"), (-300_001, "Y")])
def test_a_clock_that_is_off_is_flagged(tmp_path: Path, offset: int | None, flag: str | None) -> None:
    made = entry(DAY, evening(DAY), clock_offset_ms=offset)
    written = write(tmp_path, [person([made])])
    assert written.said_of(written.rows()[0]).get("QSCLKFL") == flag


def test_an_entry_received_before_it_was_saved_has_a_negative_lag(tmp_path: Path) -> None:
    made = replace(entry(DAY, evening(DAY)), received_at=evening(DAY) - timedelta(seconds=90))
    written = write(tmp_path, [person([made])])
    assert written.said_of(written.rows()[0])["QSLAGMIN"] == "-2"


def test_an_entry_beside_its_window_leaves_its_day_missed(tmp_path: Path) -> None:
    made = entry(DAY, evening(DAY), late_reason=LateReason.OTHER)
    written = write(tmp_path, [person([made], [day(DAY, State.MISSED)])])
    assert written.said_of(written.rows(QSTESTCD="DMD01")[0])["QSTIMELI"] == "OUTSIDE WINDOW"
    assert written.row(QSTESTCD="QSALL")["QSREASND"] == "NOT COMPLETED IN WINDOW"
    assert (written.said["missed"], written.said["entries"], written.said["done"]) == (1, 1, 0)


def test_a_day_whose_window_is_open_at_the_cut_counts_in_nothing(tmp_path: Path) -> None:
    today = NOW.date()
    open_still = replace(day(today, State.DONE), late_until=NOW + timedelta(hours=1))
    written = write(tmp_path, [person([entry(today, NOW - timedelta(hours=1))], [open_still])])
    assert (written.said["entries"], written.said["done"], written.said["expected"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (State.MISSED, None, "NOT COMPLETED IN WINDOW"),
        (State.EXCUSED, ExcuseReason.HOSPITALISED, "HOSPITALISED"),
        (State.EXCUSED, ExcuseReason.DEVICE_FAILURE, "DEVICE FAILURE"),
        (State.EXCUSED, ExcuseReason.SERVER_FAILURE, "SERVER OUTAGE"),
        (State.EXCUSED, ExcuseReason.TOO_ILL, "EXCUSED BY SITE"),
        (State.EXCUSED, ExcuseReason.OTHER_AGREED, "EXCUSED BY SITE"),
        (State.UNKNOWN, UnknownReason.DEVICE_LOST, "DEVICE LOST"),
        (State.UNKNOWN, UnknownReason.DEVICE_DOUBTFUL, "DEVICE FAILURE"),
        (State.UNKNOWN, UnknownReason.SILENT, "SYNC NOT RECEIVED BEFORE CUT-OFF"),
        (State.UNKNOWN, UnknownReason.HELD_UNSENT, "SYNC NOT RECEIVED BEFORE CUT-OFF"),
        (State.UNKNOWN, UnknownReason.QUARANTINED, "NOT DECIDED BEFORE CUT-OFF"),
        (State.UNKNOWN, UnknownReason.AFTER_LOCK, "NOT DECIDED BEFORE CUT-OFF"),
        (State.UNKNOWN, "not_offered", "NOT OFFERED IN TIME"),
    ],
)
def test_every_reason_has_its_term(state: State, reason: str | None, expected: str) -> None:
    assert reason_not_done(state, reason) == expected
    assert expected in REASONS


def test_every_reason_there_is_was_thought_of() -> None:
    """Whoever adds a reason decides what it is called here, and writes it into the test above."""
    assert (len(ExcuseReason), len(UnknownReason)) == (5, 6)


def renewed(**changes: object) -> Instrument:
    """Version 1.1 of the diary, in which the first question is another."""
    first, *others = DMD.items
    return DMD.model_copy(update={"version": "1.1", "items": (first.model_copy(update=changes), *others)})


def test_of_two_versions_the_newest_names_the_question(tmp_path: Path) -> None:
    newer = renewed(short="Dry Mouth Today")
    entries = [
        entry(DAY, evening(DAY)),
        entry(DAY + timedelta(days=1), evening(DAY + timedelta(days=1)), instrument_version="1.1"),
    ]
    written = write(tmp_path, [person(entries)], about(instruments=(newer, DMD)))
    assert {row["QSTEST"] for row in written.rows(QSTESTCD="DMD01")} == {"Dry Mouth Today"}
    assert [written.said_of(row)["QSVERS"] for row in written.rows(QSTESTCD="DMD01")] == ["1.0", "1.1"]


def test_answers_of_every_version_are_defined(tmp_path: Path) -> None:
    *others, last = DMD.items
    more = last.model_copy(update={"choices": (*last.choices[1:], Choice(value=9, label="I did not count"))})
    newer = DMD.model_copy(update={"version": "1.1", "items": (*others, more)})
    made = entry(DAY, evening(DAY), instrument_version="1.1", answers={"DMD06": 9})
    written = write(tmp_path, [person([made])], about(instruments=(DMD, newer)))
    text = (tmp_path / "define.xml").read_text(encoding="utf-8")
    assert written.row(QSTESTCD="DMD06")["QSSTRESN"] == 9
    for words in ("Not once", "More than 40 times", "I did not count"):
        assert words in text


@pytest.mark.parametrize(
    ("instruments", "told"),
    [
        ([renewed(short="Tør mund i dag")], "U+00F8"),
        ([DMD, renewed(short="Dryness Last Night").model_copy(update={"code": "DME"})], "DMD, DME"),
        ([renewed(short=" Dryness")], "blank"),
        ([DMD.model_copy(update={"category": "TØR MUND"})], "QSCAT"),
    ],
)
def test_questionnaires_that_sdtm_cannot_hold_are_refused_before_anything(
    tmp_path: Path, instruments: list[Instrument], told: str
) -> None:
    with pytest.raises(CommandRefused, match="not_exportable") as refusal:
        open_sdtm(tmp_path, about(instruments=instruments))
    assert told in refusal.value.message
    assert refusal.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_two_questions_of_one_name_are_refused(tmp_path: Path) -> None:
    other = DMD.items[0].model_copy(update={"code": "DME01", "slot": 1})
    twin = DMD.model_copy(update={"code": "DME", "items": (other,)})
    with pytest.raises(CommandRefused, match="DMD01 and DME01"):
        open_sdtm(tmp_path, about(instruments=(DMD, twin)))


@pytest.mark.parametrize(
    ("pattern", "told"), [("sø-{site}-{subject}", "U+00F8"), ("s" * 200 + "{site}{subject}", "205")]
)
def test_an_identifier_that_does_not_fit_is_refused_with_the_participant(
    tmp_path: Path, pattern: str, told: str
) -> None:
    study = STUDY.model_copy(update={"usubjid": pattern})
    with pytest.raises(CommandRefused, match="01-001") as refusal:
        write(tmp_path, [person([entry(DAY, evening(DAY))])], about(study=study))
    assert "QS.USUBJID" in refusal.value.message
    assert told in refusal.value.message


def test_a_day_before_day_zero_is_refused(tmp_path: Path) -> None:
    early = date(2025, 12, 31)
    with pytest.raises(CommandRefused, match="day_zero"):
        write(tmp_path, [person([entry(early, evening(early))])])
    zero = date(2026, 1, 1)
    assert write(tmp_path / "zero", [person([entry(zero, evening(zero))])]).rows()[0]["QSSEQ"] == 51


days = st.dates(date(2026, 1, 1), date(2099, 12, 31))
places = st.tuples(
    st.one_of(days, st.sampled_from(["m0", "m4", "m8"])),
    st.sampled_from(["DMD", "GRIX", "QLQHN35"]),
    st.integers(0, 49),
)
Place = tuple[date | str, str, int]


@given(places, places, days)
def test_no_two_rows_can_have_one_number(one: Place, other: Place, day: date) -> None:
    """A visit has its numbers on whichever day it was filled in."""
    numbers = catalogue(about()).numbering
    first, second = (
        numbers.sequence("01-001", code, day, slot, visit=of)
        if isinstance(of, str)
        else numbers.sequence("01-001", code, of, slot)
        for of, code, slot in (one, other)
    )
    assert (first == second) == (one == other)
    assert first > 0


def test_a_questionnaire_that_no_study_names_is_refused(tmp_path: Path) -> None:
    stray = DMD.model_copy(update={"code": "STRAY"})
    made = entry(DAY, evening(DAY), instrument="STRAY")
    with pytest.raises(CommandRefused, match="slot for questionnaire STRAY"):
        write(tmp_path, [person([made])], about(instruments=(stray,)))


def test_a_test_transfer_says_so_in_every_file(tmp_path: Path) -> None:
    people = [person([entry(DAY, evening(DAY))])]
    for opener, folder in ((open_sdtm, tmp_path / "sdtm"), (open_reference, tmp_path / "reference")):
        write(folder, people, about(CutKind.INTERIM, is_test=True), opener)
        assert [file.name for file in folder.iterdir() if b"TEST" not in file.read_bytes()] == []


def test_more_participants_take_no_more_memory(tmp_path: Path) -> None:
    dates = [DAY + timedelta(days=number) for number in range(20)]

    def peak(participants: int) -> int:
        people = (
            person([entry(one, evening(one)) for one in dates], id=f"01-{number:03}") for number in range(participants)
        )
        tracemalloc.start()
        write(tmp_path / str(participants), people)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # what is imported and remembered once
    few, many = peak(2), peak(10)
    assert many < 1.2 * few


def test_the_time_of_the_cut_is_the_only_time_of_writing(tmp_path: Path) -> None:
    made = [person([entry(DAY, datetime(2026, 6, 1, 19, tzinfo=UTC))], [day(DAY, State.DONE)])]
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        write(folder, made)
    assert {file.name: file.read_bytes() for file in one.iterdir()} == {
        file.name: file.read_bytes() for file in two.iterdir()
    }
    assert b"01DEC27:12:00:00" in (one / "qs.xpt").read_bytes()
