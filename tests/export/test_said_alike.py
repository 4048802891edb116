"""A change that keeps every number is found where the other formats say something else, and it is said of whom."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.export.checking import check
from server.export.sayings import Sayings
from tests.export.fhir.eventful import bundled

LONG, WIDE, DAYS = "csv/long.csv", "csv/wide.csv", "csv/expected_days.csv"
QS, SUPPQS, ADQS, ODM = "sdtm/qs.ndjson", "sdtm/suppqs.ndjson", "adam/adqs.ndjson", "odm/odm.xml"
RESPONSE, TASK = "fhir/QuestionnaireResponse.ndjson", "fhir/Task.ndjson"
ALICE = "MESRIX-MORE-01-001"


@pytest.fixture(scope="module", params=["sqlite"])
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with bundled(request, tmp_path_factory.mktemp("alike")) as folder:
        yield folder


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (LONG, r"(DMD01,[^,]*,)9,", r"\g<1>8,", f"answers of {ALICE}: something else than in {WIDE}"),
        (LONG, r",prefer_not_to_answer,", ",not_applicable,", f"answers of {ALICE}: something else than in {WIDE}"),
        (LONG, r",2026-11-26,", ",2026-11-27,", f"diary days of entries of {ALICE}"),
        (WIDE, r"(\d{4}-\d\d-\d\dT)21:00:00,", r"\g<1>21:01:00,", f"moments of saving of {ALICE}"),
        (WIDE, rf"{ALICE},01,001,", "MESRIX-MORE-01-002,01,002,", f"answers of {ALICE}"),
        (DAYS, rf"{ALICE},01,001,(DMD,2026-11-30)", r"MESRIX-MORE-01-002,01,002,\1", f"states of days of {ALICE}"),
        (QS, r'"9","","9",9', '"8","","8",8', f"answers of {ALICE}: something else than in {LONG}"),
        (QS, r'"DMD-2026-11-27"', '"DMD-2026-11-28"', f"days without an entry of {ALICE}"),
        (SUPPQS, r'("QSDDAT","Diary Day",)"2026-11-2\d"', r'\g<1>"2026-11-01"', "diary days of entries of"),
        (ADQS, r'(,"DMD01",101,)9,', r"\g<1>8,", f"answers of {ALICE}: something else than in {LONG}"),
        (ODM, r'(DMD01" TransactionType="Insert" Value=)"9"', r'\1"8"', f"answers of {ALICE}"),
        (ODM, r'("IT.ENTRY.RECEIVED_UTC" [^>]*Value="\d{4}-\d\d-\d\dT)20:', r"\g<1>19:", "moments of receipt of"),
        (RESPONSE, r'"valueInteger":9', '"valueInteger":8', f"answers of {ALICE}"),
        (TASK, r'"Patient/01-001"', '"Patient/02-001"', "states of days of"),
    ],
)  # fmt: skip
def test_what_only_one_format_says_is_named(
    bundle: Path, tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    assert check(bundle).flaws == []
    folder = tmp_path / "bundle"
    shutil.copytree(bundle, folder)
    text = (folder / name).read_bytes().decode()
    changed = re.sub(old, new, text) if name == ODM else re.sub(old, new, text, count=1)
    assert changed != text
    (folder / name).write_bytes(changed.encode())
    told = RESPONSE if name == TASK else name
    flaws = check(folder).flaws
    assert [one for one in flaws if one.startswith(f"{told}, {said}")], flaws


def test_the_one_that_differs_from_most_is_named_and_few_participants() -> None:
    sayings = Sayings()
    for file in ("one", "two", "three"):
        sayings.begin(file, "answers")
        for number in range(7):
            sayings.add(file, "answers", f"P{number}", "entry", "6" if file != "one" else "5")
    named = [f"one, answers of P{number}: something else than in two" for number in range(5)]
    assert list(sayings.differences()) == [*named, "one, answers of 2 more participants: something else, too"]


def test_the_order_of_rows_makes_no_difference_and_their_number_does() -> None:
    sayings = Sayings()
    for file, rows in (("one", "ab"), ("two", "ba"), ("three", "abb")):
        sayings.begin(file, "answers")
        for row in rows:
            sayings.add(file, "answers", "P", row)
    assert list(sayings.differences()) == ["three, answers of P: something else than in one"]


@pytest.mark.parametrize("name", [".DS_Store", "csv/Thumbs.db", "desktop.ini", "csv/._long.csv"])
def test_what_a_computer_leaves_in_a_folder_is_said_and_no_flaw(bundle: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(bundle, folder)
    (folder / name).write_bytes(b"seen")
    checked = check(folder)
    assert checked.flaws == []
    assert [one for one in checked.open if one.startswith(f"{name} is not of the bundle")]
    (folder / "notes.DS_Store").write_bytes(b"more")
    assert check(folder).flaws == ["notes.DS_Store does not belong to the bundle"]
