"""`xerodiary study rehearse`: what a new version would do to everybody who is in the study, before it goes live."""

import csv
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.study import Study
from diary_app.core.times import local_date
from server.commands.surroundings import say, table
from server.console.dates import Calendar
from server.console.listing import Column
from server.console.study.person_rehearsed import evening_columns, visit_columns
from server.console.study.rehearsed import Said, difference_columns, line_columns
from server.export.csv_table import harmless
from server.rehearsal.comparing import Compared
from server.rehearsal.differences import differences
from server.rehearsal.ground import Opened
from server.rehearsal.proposed import MAX_FILE_BYTES, ProposalRefused, read_proposed
from server.rehearsal.rehearsing import Line, Rehearsal, Summary
from server.study_words import words_of

_LANGUAGE = "en"


class Form(StrEnum):
    """How the table is written."""

    TABLE = "table"
    CSV = "csv"


def read_file(file: Path) -> bytes:
    """At most so much that its size can be refused. Raises `CommandRefused`."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CommandRefused(
            Code.NOT_FOUND, f"{file} cannot be read.", "Name a study file that you may read."
        ) from error


def proposed_of(raw: bytes, file: Path, found: Opened) -> Study:
    """The study as it would go live; every fault is said. Raises `CommandRefused`."""
    try:
        return read_proposed(raw, str(file), found.ground)
    except ProposalRefused as refusal:
        for problem in refusal.problems:
            say(str(problem))
        raise CommandRefused(refusal.code, refusal.message, refusal.remedy) from refusal


def of_everybody(rehearsal: Rehearsal, *, everybody: bool, form: Form) -> None:
    """The sentence, what is another in the file, and who changes; with `everybody`, also who does not."""
    summary, lines, said = Summary(), list[Line](), _said(rehearsal)
    for one in rehearsal.run(rehearsal.people(None)):
        summary.add(one)
        if one.kinds or everybody:
            lines.append(Line.of(one))
    columns = line_columns(said, {site.id: site.name for site in rehearsal.proposed.sites})
    if form is Form.CSV:
        _csv(columns, lines)
        return
    say(said.sentence(summary))
    for remark in said.beside(summary):
        say(remark)
    say()
    _table(said, difference_columns(), differences(said.live, said.proposed))
    if lines:
        say()
        _table(said, columns, lines)


def of_one(rehearsal: Rehearsal, participant: str, *, form: Form) -> None:
    """Everything of one person on both sides. Raises `CommandRefused`."""
    people = [one for one in rehearsal.people(None) if one[0] == participant]
    if not people:
        raise CommandRefused(
            Code.NOT_FOUND, f"There is no participant {participant}.", "xerodiary participant list names them."
        )
    (found,) = rehearsal.run(people)
    said = _said(rehearsal)
    if form is Form.CSV:
        _csv(evening_columns(said), found.evenings)
        return
    line = Line.of(found)
    say(f"{found.id}: {said.kinds(line)}.")
    if remarks := said.remarks(line):
        say(f"Remarks: {remarks}.")
    _last_days(said, found)
    say()
    _table(said, evening_columns(said), found.evenings)
    if found.visits:
        say()
        _table(said, visit_columns(said), found.visits)


def _last_days(said: Said, found: Compared) -> None:
    before, after = found.last_day
    if before and after:
        say(f"{said.texts.text('Last evening')}: {before}; with the new version: {after}.")


def _said(rehearsal: Rehearsal) -> Said:
    zone = rehearsal.proposed.sites[0].zone
    calendar = Calendar(_LANGUAGE, zone, local_date(rehearsal.now, zone))
    return Said(words_of(rehearsal.proposed, _LANGUAGE), calendar, rehearsal.versions[-1].study, rehearsal.proposed)


def _table(said: Said, columns: Sequence[Column], rows: Sequence[object]) -> None:  # type: ignore[type-arg]
    cells: list[tuple[object, ...]] = [
        tuple(column.text(row).replace("\u00a0", " ") for column in columns) for row in rows
    ]
    table(tuple(said.texts.text(column.title) for column in columns), cells)


def _csv(columns: Sequence[Column], rows: Sequence[object]) -> None:  # type: ignore[type-arg]
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(column.key for column in columns)
    lines.writerows([harmless(str((column.raw or column.text)(row))) for column in columns] for row in rows)
