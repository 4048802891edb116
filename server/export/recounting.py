"""Counts again what each format of a bundle holds, file by file and row by row; part of `verify.py`.

Needs Python 3.11 and nothing else. Memory holds one participant at a time, however large a file is.
"""

import csv
import json
import xml.parsers.expat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from server.export.checked import NAMES_LEFT_OUT, SAYS_HOW_ASKED, Checked, Manifest, counted, generation
from server.export.replaying import STATES_FILLED, STATES_OVER, Replay
from server.export.sayings import ANSWERS, DAYS, NOT_DONE, RECEIVED, SAVED, STATES

#: What every format with entries has, by the names of the manifest.
_OF_ENTRIES = ("entries", "answers", "skips", "extra")
_OF_QS = (
    "USUBJID", "QSSEQ", "QSTESTCD", "QSSTAT", "VISIT", "QSGRPID", "QSORRES", "QSREASND", "QSDTC", "QSSPID"
)  # fmt: skip
_OF_ADQS = ("USUBJID", "PARAMCD", "DTYPE", "SRCSEQ", "AVAL", "QSGRPID", "QSTIMELI", "QSREASND", "QSDTC", "ADT")
_OF_SUPPQS = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
#: What is said of an entry as a whole, and where in a row of the CSV.
_OF_ENTRY = {SAVED: "captured_local", DAYS: "diary_day", RECEIVED: "received_utc"}
_SKIPPED = {
    "PARTICIPANT PREFERRED NOT TO ANSWER": "prefer_not_to_answer", "NOT APPLICABLE": "not_applicable",
    "asked-declined": "prefer_not_to_answer", "not-applicable": "not_applicable",
}  # fmt: skip
_NOTHING = (None, "")
_ASKED = ("telephone", "face_to_face")
Recount = Callable[[Path, Manifest, Checked], None]


def read_csv(file: Path) -> Iterator[dict[str, str]]:
    """Its rows."""
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _days(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Every expected day that was over at the cut, by its state, and those of people who are in no rate."""
    at, not_done = str(manifest["cut"]["at"]), _not_done(manifest)
    for name in ("csv/expected_days.csv", "states/expected_days.csv"):
        if (folder / name).exists():
            over, left_out = Counter[str](), 0
            checked.sayings.begin(name, STATES, NOT_DONE)
            for row in read_csv(folder / name):
                state, is_over = row["state"], row["late_until_utc"] <= at
                if is_over and state in STATES_OVER:
                    over[state] += 1
                    left_out += row.get("counted", "yes") != "yes"
                    if state in not_done:
                        day = f"{row['instrument']}-{row['diary_day']}"
                        checked.sayings.add(name, NOT_DONE, row["usubjid"], day)
                if state in STATES_FILLED or (is_over and state in STATES_OVER):
                    checked.sayings.add(name, STATES, row["usubjid"], row["instrument"], row["diary_day"], state)
            _compare(checked, name, over, manifest, STATES_OVER)
            if generation(manifest) >= NAMES_LEFT_OUT:
                checked.count(name, "left_out", left_out, manifest)
            checked.count(name, "expected", over.total(), manifest)
            checked.read.append(f"{over.total()} expected days")


def _not_done(manifest: Manifest) -> Sequence[str]:
    """The states of days that SDTM has a row for."""
    return ("missed", "excused", "unknown") if manifest["cut"]["kind"] == "final" else ("missed", "excused")


def _answers(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Every question of every entry, answered or skipped; and how it was asked, of each interview and nothing else."""
    says_how = generation(manifest) >= SAYS_HOW_ASKED
    name, wide = "csv/long.csv", "csv/wide.csv"
    if not (folder / name).exists():
        return
    found, wrong, sayings = Counter[str](), Counter[str](), checked.sayings
    sayings.begin(name, ANSWERS, *_OF_ENTRY)
    last, items = "", dict[str, None]()
    for row in read_csv(folder / name):
        is_answered = row["answer_status"] == "answered"
        found["answers" if is_answered else "skips"] += 1
        wrong[name] += says_how and not _is_told_how(row)
        value = row["value"] if is_answered else row["answer_status"]
        sayings.add(name, ANSWERS, row["usubjid"], row["entry_id"], row["item"], value)
        items[row["item"]] = None
        if row["entry_id"] != last:
            _take_entry(name, row, checked)
        last = row["entry_id"]
    sayings.begin(wide, ANSWERS, *_OF_ENTRY)
    for row in read_csv(folder / wide):
        wrong[wide] += says_how and not _is_told_how(row)
        _take_entry(wide, row, checked)
        for item in items:
            if row[item]:
                sayings.add(wide, ANSWERS, row["usubjid"], row["entry_id"], item, row[item])
    if says_how:
        for file, number in wrong.items():
            checked.compare(f"{file}, rows that do not say how an interview was held", number, 0)
    _compare(checked, name, found, manifest, ("answers", "skips"))
    checked.read.append(f"{found.total()} answers")


def _take_entry(name: str, row: Mapping[str, str], checked: Checked) -> None:
    """What a row says of its entry."""
    for kind, column in _OF_ENTRY.items():
        checked.sayings.add(name, kind, row["usubjid"], row["entry_id"], row[column])


def _is_told_how(row: Mapping[str, str]) -> bool:
    """Of an interview it is said how it was held, of everything else nothing."""
    return row["asked"] in (_ASKED if row["mode"] == "interview" else ("",))


def _sdtm(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Answered and skipped questions in QS, days not done, and visits not done, which the manifest does not count.

    SUPPQS and ADQS name a row by its number, so that a subject has each number once.
    """
    name, visits = "sdtm/qs.ndjson", folder / "csv" / "visits.csv"
    if not (folder / name).exists():
        return
    found: Counter[str] = Counter()
    sayings, last = checked.sayings, ""
    sayings.begin(name, ANSWERS, SAVED, NOT_DONE)
    subject, numbers = "", set[int]()
    for who, number, test, status, visit, entry, answer, why, saved, place in _dataset(folder, name, checked, *_OF_QS):
        if who != subject:
            subject, numbers = who, set()
        if test != "QSALL":
            sayings.add(name, ANSWERS, who, entry, test, _SKIPPED.get(why, why) if status else answer)
            if entry != last:
                sayings.add(name, SAVED, who, entry, saved)
            last = entry
        elif not visit:
            sayings.add(name, NOT_DONE, who, place)
        found["numbers again"] += number in numbers
        numbers.add(number)
        empty = "visits not done" if visit else "days not done"
        found[empty if test == "QSALL" else "skips" if status else "answers"] += 1
    names = _not_done(manifest)
    not_done = sum(counted(manifest, one) or 0 for one in names)
    _compare(checked, name, found, manifest, ("answers", "skips"))
    checked.compare(f"{name}, rows with a number (QSSEQ) of another", found.pop("numbers again", 0), 0)
    checked.compare(f"{name}, days not done", found["days not done"], not_done)
    if visits.exists():
        said = sum(row["state"] in names for row in read_csv(visits))
        checked.compare(f"{name}, visits not done", found["visits not done"], said)
    _qualified(folder, "sdtm/suppqs.ndjson", checked)
    checked.read.append(f"{found.total()} rows of QS")


def _qualified(folder: Path, name: str, checked: Checked) -> None:
    """The diary day of each entry, and when it was received."""
    kinds = {"QSDDAT": DAYS, "QSRCVUTC": RECEIVED}
    checked.sayings.begin(name, *kinds.values())
    for who, variable, entry, qualifier, value in _dataset(folder, name, checked, *_OF_SUPPQS):
        if variable == "QSGRPID" and qualifier in kinds:
            checked.sayings.add(name, kinds[qualifier], who, entry, value)


def _adam(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Entries with their answered and skipped questions, and weekly means, in both texts of ADQS."""
    if not (folder / "adam").exists():
        return
    means = _weekly_means(folder / "csv" / "weekly_means.csv")
    for name, rows in (
        ("adam/adqs.csv", _table(folder / "adam/adqs.csv", *_OF_ADQS)),
        ("adam/adqs.ndjson", _dataset(folder, "adam/adqs.ndjson", checked, *_OF_ADQS)),
    ):
        found, averaged = _of_adqs(name, rows, checked)
        _compare(checked, name, found, manifest, _OF_ENTRIES)
        for code, number in means.items():
            checked.compare(f"{name}, weekly means of {code}", averaged[code], number)
        checked.read.append(f"{found['rows']} rows of {name}")


def _of_adqs(name: str, rows: Iterator[Sequence[Any]], checked: Checked) -> tuple["Counter[str]", "Counter[str]"]:
    """By the names of the manifest, and weekly means by parameter. A row of an answer names its row of QS."""
    found, averaged, sayings = Counter[str](), Counter[str](), checked.sayings
    sayings.begin(name, ANSWERS, SAVED, DAYS)
    subject, entries = "", set[str]()
    for who, parameter, kind, sequence, value, entry, timeliness, why, saved, day in rows:
        found["rows"] += 1
        averaged[parameter] += kind == "AVERAGE"
        if who != subject:
            subject, entries = who, set()
        if sequence in _NOTHING:
            continue
        is_skipped = value in _NOTHING
        found["skips" if is_skipped else "answers"] += 1
        sayings.add(name, ANSWERS, who, entry, parameter, _SKIPPED.get(why, "") if is_skipped else str(int(value)))
        if entry not in entries:
            entries.add(entry)
            sayings.add(name, SAVED, who, entry, saved)
            sayings.add(name, DAYS, who, entry, day)
            found["entries"] += 1
            found["extra"] += timeliness == "EXTRA"
    return found, averaged


def _weekly_means(file: Path) -> "Counter[str]":
    """How many weeks the CSV has a mean for, by what it is of; nothing where there is no such file."""
    found = Counter[str]()
    for row in read_csv(file) if file.exists() else ():
        found.update({name.removesuffix("_mean"): bool(cell) for name, cell in row.items() if name.endswith("_mean")})
    return found


def _fhir(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Answered and skipped questions of every response that stands, days without an entry, signatures."""
    name, tasks, told = (f"fhir/{one}.ndjson" for one in ("QuestionnaireResponse", "Task", "Provenance"))
    if not (folder / name).exists():
        return
    found, days, sayings = Counter[str](), Counter[str](), checked.sayings
    people = {one["id"]: one["identifier"][0]["value"] for one in _lines(folder / "fhir" / "Patient.ndjson")}
    sayings.begin(name, ANSWERS, SAVED, DAYS, RECEIVED, STATES)
    for response in _lines(folder / name):
        if response["status"] != "entered-in-error":
            found["entries"] += 1
            found["extra"] += _said(response, "timeliness") == "extra"
            found.update("answers" if "answer" in item else "skips" for item in response["item"])
            _take_response(name, response, people[_subject(response["subject"])], checked)
    _compare(checked, name, found, manifest, _OF_ENTRIES)
    for task in _lines(folder / tasks):
        if task["code"]["coding"][0]["code"] == "diary_day":
            state = task["businessStatus"]["coding"][0]["code"]
            days[state] += 1
            instrument = _questionnaire(task["input"][0]["valueCanonical"])
            who = people[_subject(task["for"])]
            sayings.add(name, STATES, who, instrument, _said(task, "diary-day"), state)
    _compare(checked, tasks, days, manifest, ("missed", "unknown", "excused"))
    signed = Counter("signatures" for one in _lines(folder / told) if "signature" in one)
    _compare(checked, told, signed, manifest, ("signatures",))
    checked.read.append(f"{found['entries']} responses")


def _take_response(name: str, response: Mapping[str, Any], who: str, checked: Checked) -> None:
    """What a response says of its entry, and of its day when that was expected."""
    sayings, entry, day = checked.sayings, response["identifier"]["value"], _said(response, "diary-day")
    for item in response["item"]:
        sayings.add(name, ANSWERS, who, entry, item["linkId"], _answer(item))
    sayings.add(name, SAVED, who, entry, response["authored"][: len("2026-11-23T20:00:00")])
    sayings.add(name, DAYS, who, entry, day)
    sayings.add(name, RECEIVED, who, entry, _said(response, "received"))
    state = _said(response, "timeliness")
    if not _said(response, "visit") and state in STATES_FILLED:
        sayings.add(name, STATES, who, _questionnaire(response["questionnaire"]), day, state)


def _answer(item: Mapping[str, Any]) -> str:
    """A number or the code of a choice; or why there is none."""
    if "answer" not in item:
        return _SKIPPED.get(item["extension"][0]["valueCode"], "")
    value = item["answer"][0]
    return str(value["valueInteger"]) if "valueInteger" in value else str(value["valueCoding"]["code"])


def _said(resource: Mapping[str, Any], name: str) -> str:
    """An extension of ours; empty where there is none."""
    for one in resource["extension"]:
        if one["url"] == f"urn:xerodiary:extension:{name}":
            return str(next(value for key, value in one.items() if key != "url"))
    return ""


def _subject(said: Mapping[str, str]) -> str:
    return said["reference"].removeprefix("Patient/")


def _questionnaire(canonical: str) -> str:
    """Its code."""
    return canonical.partition("|")[0].rpartition(":")[2]


def _odm(folder: Path, manifest: Manifest, checked: Checked) -> None:
    """Every transaction replayed: entries that count, their answers and blanks, expected days, signatures."""
    name = "odm/odm.xml"
    if not (folder / name).exists():
        return
    replay = Replay(name, str(manifest["cut"]["at"]), checked.sayings)
    reader = xml.parsers.expat.ParserCreate()
    reader.buffer_text = True
    reader.StartElementHandler = replay.begin
    with (folder / name).open("rb") as stream:
        reader.ParseFile(stream)
    replay.end_subject()
    _compare(checked, name, replay.found, manifest, ("participants", *_OF_ENTRIES, *STATES_OVER, "expected"))
    if replay.nameless and counted(manifest, "signatures") is None:
        checked.open.append(f"{name}, signatures: {replay.nameless} marks that do not name the signature they are of")
    else:
        checked.count(name, "signatures", replay.found["signatures"], manifest)
    checked.read.append(f"{replay.transactions} transactions of ODM")


def _compare(checked: Checked, where: str, found: Mapping[str, int], manifest: Manifest, names: Iterable[str]) -> None:
    for name in names:
        checked.count(where, name, found.get(name, 0), manifest)


def _table(file: Path, *wanted: str) -> Iterator[Sequence[str]]:
    """These columns of a CSV, row by row."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        head = next(rows)
        yield from map(itemgetter(*map(head.index, wanted)), rows)


def _dataset(folder: Path, name: str, checked: Checked, *wanted: str) -> Iterator[Sequence[Any]]:
    """The same of a Dataset-JSON as lines, whose first line is its head and says how many there are."""
    count = 0
    with (folder / name).open(encoding="utf-8") as lines:
        head = json.loads(next(lines))
        names = [one["name"] for one in head["columns"]]
        picked = itemgetter(*map(names.index, wanted))
        for line in lines:
            count += 1
            yield picked(json.loads(line))
    checked.compare(f"{name}, rows", count, head["records"])


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


RECOUNTS: tuple[Recount, ...] = (_days, _answers, _sdtm, _adam, _odm, _fhir)
