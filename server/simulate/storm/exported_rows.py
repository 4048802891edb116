"""What must stand in the tables of a bundle, row by row: every evening, and every entry as corrections have left it."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from server.db.days import ExpectedDay
from server.simulate.storm.database import Server
from server.simulate.storm.decided import Decided, Place, entries
from server.simulate.storm.editions import ASKED
from server.simulate.storm.ledger import Ledger

_ITEMS = {item for items in ASKED.values() for item in items}
_SHOWN = 3


def ended_meanwhile(row: ExpectedDay, cut: datetime) -> bool:
    """An evening, abroad, that was open when the database was read, and over when the bundle was made."""
    return row.state == "open" and row.late_until <= cut


def grades_of_ended(server: Server, folder: Path, cut: datetime) -> "Counter[str]":
    """What the bundle says of those."""
    told = {_place(row): row["state"] for row in _rows(folder / "expected_days.csv")}
    ended = (row for rows in server.days.values() for row in rows if ended_meanwhile(row, cut))
    return Counter(told.get((row.participant, row.diary_day), "") for row in ended)


def check(ledger: Ledger, decided: Decided, server: Server, folder: Path, cut: datetime) -> None:
    """Read the tables again. `folder`: where they are; `server`: what was in its database before."""
    told = {_place(row): row["state"] for row in _rows(folder / "expected_days.csv")}
    for rows in server.days.values():
        for row in rows:
            place = row.participant, row.diary_day
            is_told = row.not_expected is None and row.state != "not_yet_due"
            if is_told and not ended_meanwhile(row, cut) and row.state != told.get(place):
                ledger.violated(f"the bundle has {told.get(place)} for {_name(place)}, and the server {row.state}")
    answered = _answers(ledger, folder)
    there, times = set(), Counter[str]()
    current = {(row.participant, row.diary_day): row.entry for rows in server.days.values() for row in rows}
    for line in (one for one in _rows(folder / "wide.csv") if not one["visit"]):
        there.add(_place(line))
        times[line["entry_id"]] += 1
        _entry(ledger, decided, line)
        if line["entry_id"] not in answered:
            ledger.violated(f"the bundle has {line['entry_id']}, and no row for any of its answers")
        if line["entry_id"] != current.get(_place(line)):
            ledger.violated(f"the bundle has {line['entry_id']} for {_name(_place(line))}, not the version that counts")
    for entry in sorted(entry for entry, number in times.items() if number > 1)[:_SHOWN]:
        ledger.violated(f"the bundle has {entry} {times[entry]} times")
    wanted = entries(ledger, decided, server.codes)
    missing, more = wanted - there, there - wanted
    for place in sorted(missing)[:_SHOWN]:
        ledger.violated(f"the bundle has no entry for {_name(place)}")
    for place in sorted(more)[:_SHOWN]:
        ledger.violated(f"the bundle has an entry for {_name(place)}, where none counts")


def _entry(ledger: Ledger, decided: Decided, line: dict[str, str]) -> None:
    entry = line["entry_id"]
    if entry not in ledger.records:  # what no phone made was typed from a sheet
        if _place(line) not in decided.sheets:
            ledger.violated(f"the bundle has {entry} on {_name(_place(line))}, which nobody made")
        return
    one = ledger.records[entry]
    wanted = json.loads(one.text)["body"]["answers"] | decided.answers.get(entry, {})
    for item in _ITEMS & line.keys():
        if line[item] != str(wanted.get(item, "")):
            ledger.violated(f"the bundle has {line[item]} as {item} of {entry}, and the account {wanted.get(item)}")
    if line["instrument_version"] != ledger.editions.of(one.edition).questionnaire:
        ledger.violated(f"the bundle has {entry} under version {line['instrument_version']} of its questionnaire")
    if _place(line) != (one.participant, decided.day_of(one)):
        ledger.violated(f"the bundle has {entry} on {_name(_place(line))}, where it does not stand")


def _answers(ledger: Ledger, folder: Path) -> set[str]:
    """For every entry exactly the questions of its version have a row; the entries that have any."""
    told: dict[str, list[dict[str, str]]] = defaultdict(list)
    for line in (one for one in _rows(folder / "long.csv") if not one["visit"]):
        told[line["entry_id"]].append(line)
    for entry, lines in told.items():
        known = ledger.records.get(entry)
        edition = ledger.editions.of(known.edition if known else lines[0]["study_version"])
        if sorted(one["item"] for one in lines) != sorted(edition.asks):
            ledger.violated(f"the bundle has not exactly the questions of version {edition.version} for {entry}")
    return set(told)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def _place(row: dict[str, str]) -> Place:
    return f"{row['siteid']}-{row['subjid']}", date.fromisoformat(row["diary_day"])


def _name(place: Place) -> str:
    return f"{place[0]}'s {place[1]}"
