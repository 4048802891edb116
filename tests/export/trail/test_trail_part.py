"""The trail of a bundle: every row once and in order, answers told, sealed things hidden, no zone and no formula."""

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from diary_app.core.study import parse_study
from diary_app.core.times import format_utc, zone_names
from diary_app.resources import study_text
from server.db.engine import reading
from server.export.content import About, Cut, CutKind
from server.export.csv_table import harmless
from server.export.participant import ExportedParticipant
from server.export.trail_part import CSV, NDJSON, open_trail
from server.services import Services
from server.trail.extracts import COLUMNS
from server.trail.fields import HIDDEN, Asked, Reader, TrailRow, rows
from tests.conftest import ALICE, BOB
from tests.export.fhir.eventful import CHARLIE, DORA, ODD, eventful
from tests.export.parts import write_part
from tests.export.trail.conftest import Trail

MOMENT = datetime(2026, 11, 23, 20, tzinfo=UTC)
ROW = TrailRow(
    MOMENT, MOMENT, ALICE, "copenhagen", "DMD", "2026-11-23", "entry", "app_version", "", "1.0", ALICE, "participant",
    "", "", "", "a source", "a hash",
)  # fmt: skip


def write(folder: Path, *told: TrailRow, is_test: bool = False) -> tuple[list[list[str]], list[dict[str, str]]]:
    """Both files for one participant at home in Copenhagen with these rows."""
    part = open_trail(folder, about(is_test=is_test))
    part.add(participant(lambda: told))
    part.finish()
    with (folder / CSV).open(encoding="utf-8", newline="") as file:
        table = list(csv.reader(file))
    return table, [json.loads(line) for line in (folder / NDJSON).read_text(encoding="utf-8").split("\n") if line]


def about(*, is_test: bool = False) -> About:
    study = parse_study(study_text("mesrix-more"), file="study")
    return About(study, (), (), Cut("a cut", CutKind.FINAL, MOMENT, "0" * 64), "xerodiary 0", is_test)


def participant(told: Callable[[], Sequence[TrailRow]]) -> ExportedParticipant:
    return ExportedParticipant(ALICE, "copenhagen", "Europe/Copenhagen", (), (), (), (), told)


# ---- what is in it ----------------------------------------------------------------------------------------------


def test_every_row_of_every_participant_is_there_in_order(trail: Trail) -> None:
    services = trail.staged.services
    with reading(services.engine) as connection:
        told = [row for row in rows(connection, Reader(None, answers=True), Asked()) if row.participant]
    assert [(row["source"], row["field"]) for row in trail.lines] == [(row.source, row.field) for row in told]
    assert [row["received"] for row in trail.lines] == [format_utc(row.received) for row in told]
    assert [row["who"] for row in trail.table] == [row.who for row in told]


def test_the_columns_are_those_of_an_extract(trail: Trail) -> None:
    assert tuple(trail.table[0]) == tuple(trail.lines[0]) == COLUMNS == tuple(one.name for one in fields(TrailRow))


def test_it_accounts_for_everybody(trail: Trail) -> None:
    assert trail.counted == {"participants": trail.there["participants"], "set_aside": 0}
    assert {row["participant"] for row in trail.lines} == {ALICE, BOB, CHARLIE, DORA}


def test_both_files_hold_the_same_rows(trail: Trail) -> None:
    assert [{name: harmless(cell) for name, cell in row.items()} for row in trail.lines] == trail.table


def test_a_changed_and_a_corrected_answer_are_told_with_who_and_why(trail: Trail) -> None:
    ids = trail.staged.ids
    (amended,) = [row for row in trail.of(ids["amended"]) if row["field"] == "answers.DMD01"]
    assert (amended["old"], amended["new"], amended["who"], amended["role"]) == ("6", "5", ALICE, "participant")
    assert amended["captured"] == "2026-11-23T20:30:00.000Z"
    (corrected,) = [row for row in trail.lines if row["kind"] == "correction_approved" and row["new"] == "1"]
    assert (corrected["field"], corrected["old"], corrected["who"], corrected["organisation"]) == (
        "answers.DMD01", "5", "ines", "copenhagen",
    )  # fmt: skip
    assert corrected["why"] == "tapped_wrong_answer"


def test_a_voided_entry_is_told_with_its_answers(trail: Trail) -> None:
    assert "0" in [row["new"] for row in trail.of(trail.staged.ids["voided"]) if row["field"] == "answers.DMD01"]
    gone = [row for row in trail.lines if row["kind"] == "correction_approved" and row["field"] == "entry"]
    assert [row["old"] for row in gone] == [trail.staged.ids["voided"]]


def test_what_was_made_after_a_withdrawal_came_but_says_nothing(trail: Trail) -> None:
    sealed = trail.of(trail.staged.ids["sealed"])
    assert sealed
    assert {row["new"] for row in sealed} == {HIDDEN}


# ---- what is not in it ------------------------------------------------------------------------------------------


def test_nothing_came_after_the_cut(tmp_path: Path) -> None:
    table, lines = write(tmp_path, ROW, replace(ROW, received=MOMENT + timedelta(milliseconds=1)))
    assert [row["received"] for row in lines] == [format_utc(MOMENT)]
    assert len(table) == 2


def test_where_somebody_travels_is_not_told(trail: Trail) -> None:
    zones = [row for row in trail.lines if row["field"] == "zone" and row["participant"] == CHARLIE]
    assert {row["new"] for row in zones} == {"Europe/Copenhagen", "OTHER", HIDDEN}
    for name in (CSV, NDJSON):
        text = (trail.folder / name).read_text(encoding="utf-8")
        assert [zone for zone in zone_names() if "/" in zone and zone != "Europe/Copenhagen" and zone in text] == []


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("zone", "Europe/Copenhagen", "Europe/Copenhagen"),
        ("zone", "Japan", "OTHER"),
        ("old_zone", "Somewhere/New", "OTHER"),
        ("seen", '["Europe/Copenhagen", "America/Argentina/Ushuaia"]', '["Europe/Copenhagen", "OTHER"]'),
        ("seen", "by way of Etc/GMT+5.", "by way of OTHER."),
        ("seen", "and/or", "and/or"),
        ("zone", HIDDEN, HIDDEN),
    ],
)
def test_a_zone_is_told_under_no_field(tmp_path: Path, field: str, value: str, told: str) -> None:
    for old, new in ((value, ""), ("", value)):
        folder = tmp_path / f"{bool(old)}"
        folder.mkdir()
        _, (line,) = write(folder, replace(ROW, field=field, old=old, new=new))
        assert (line["old"], line["new"]) == (told if old else "", told if new else "")


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=SUM(A1)", "'=SUM(A1)"), ("+45 12 34", "'+45 12 34"), ("-x", "'-x"), ("@x", "'@x"), ("\tx", "'\tx"),
        ("-", "'-"), ("＝x", "'＝x"), ("a;=b", "a;'=b"), ("a\r\n-b", "a\r\n'-b"), ("\nx", "'\nx"),
        ("-5", "-5"), ("-2.5", "-2.5"), ("7", "7"), ("x=1", "x=1"), ("", ""),
    ],
)  # fmt: skip
def test_no_spreadsheet_reckons_with_a_cell(tmp_path: Path, value: str, cell: str) -> None:
    (header, row), (line,) = write(tmp_path, replace(ROW, new=value))
    assert row[header.index("new")] == cell
    assert line["new"] == value


def test_letters_and_control_characters_arrive_as_they_were_made(trail: Trail) -> None:
    late = trail.staged.ids["late"]
    (line,) = [row for row in trail.of(late) if row["field"] == "app_version"]
    (cell,) = [row for row in trail.table if row["source"] == late and row["field"] == "app_version"]
    assert line["new"] == cell["new"] == ODD


def test_line_ends_in_a_value_make_no_row_of_their_own(tmp_path: Path) -> None:
    forged = "1.0\r\n2026,x\n"
    (header, row), (line,) = write(tmp_path, replace(ROW, new=forged))
    assert row[header.index("new")] == line["new"] == forged


# ---- as every part ----------------------------------------------------------------------------------------------


def test_a_test_transfer_says_so_in_every_row(tmp_path: Path) -> None:
    (header, row), (line,) = write(tmp_path, ROW, is_test=True)
    assert (header[-1], row[-1], line["test"]) == ("test", "TEST", "TEST")


def test_a_study_without_anybody_has_a_header_and_no_row(services: Services, tmp_path: Path) -> None:
    counted, there = write_part(open_trail, services, tmp_path / "trail")
    assert counted == there == {}
    assert (tmp_path / "trail" / CSV).read_bytes() == (",".join(COLUMNS) + "\r\n").encode()
    assert (tmp_path / "trail" / NDJSON).read_bytes() == b""


def test_the_trail_is_read_once_and_nobody_is_kept(tmp_path: Path) -> None:
    read = []

    def told() -> list[TrailRow]:
        read.append(ALICE)
        return [ROW]

    part = open_trail(tmp_path, about())
    part.add(participant(told))
    part.finish()
    assert read == [ALICE]


def test_both_databases_give_the_same_bytes_twice(
    migrated_sqlite: str, migrated_postgresql: str, tmp_path: Path
) -> None:
    written = []
    for name, url in (("sqlite", migrated_sqlite), ("postgresql", migrated_postgresql)):
        (tmp_path / name).mkdir()
        with eventful(url, tmp_path / name) as staged:
            for again in ("one", "two"):
                folder, *_ = staged.write(open_trail, again)
                written.append([(folder / name).read_bytes() for name in (CSV, NDJSON)])
    assert written == [written[0]] * 4
