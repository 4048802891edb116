"""What holds of a bundle as a whole: everybody of the cut and nothing that identifies, unblinds or varies."""

import csv
import hashlib
import json
import os
import re
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from diary_app.core.facts import ContactField
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.folders import FOLDERS
from server.export.formats import MEANINGS, Format
from server.export.readable import README
from server.export.reviewers_note import NOTE
from server.export.wanted import Made, Scope, Wanted
from server.intake.reaching import change_contact
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE

EMAIL, PHONE = "somebody@example.org", "+4520304050"
#: A Danish personal number: a date, four digits, with or without a hyphen; never within a longer run of digits.
CPR = re.compile(rb"(?<![\d.-])(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d\d-?\d{4}(?![\d-])")
#: Ids and hashes. Of some hundreds one looks as if it held a personal number, another one after every change.
DRAWN = re.compile(rb"(?<![0-9a-f-])(?:[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f-])")
REACHED = re.compile(rb"example\.org|20304050|20 30 40 50")
UNBLINDING = re.compile(
    rb"placebo|stem cell|stamcelle|mesenchym|allogen|adipose|ARMCD|ACTARM|kontrolgruppe", re.IGNORECASE
)
TITLE = b"two intraglandular treatments"


@pytest.fixture
def moment(services: Services, lived: None, clock: SimulatedEnvironment) -> Any:
    with services.engine.begin() as connection:
        given = {ContactField.EMAIL: EMAIL, ContactField.PHONE: PHONE}
        change_contact(connection, services, ALICE, given, author="carol", at=clock.now())
    at = clock.now()
    clock.move_to(at + timedelta(hours=1))
    return at


def content(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def made(services: Services, folder: Path, kind: CutKind, at: Any, scope: Scope = Scope.SPONSOR) -> Made:
    return make_bundle(services, folder, Wanted(kind, at, scope=scope), author="somebody")


@pytest.mark.parametrize("kind", CutKind)
def test_every_format_accounts_for_every_expected_day(
    services: Services, moment: Any, tmp_path: Path, kind: CutKind
) -> None:
    bundle = made(services, tmp_path / "bundle", kind, moment)
    said = json.loads((bundle.folder / "manifest.json").read_bytes())
    folders = {name for name, (one, _) in FOLDERS.items() if one is not Format.STATES}
    assert set(said["parts"]) == {*folders, NOTE}
    for name in ("csv", "odm", "fhir"):
        assert said["parts"][name]["expected"] == bundle.counts["expected"] == 10, name
    assert check(bundle.folder).flaws == []
    with (bundle.folder / "csv" / "expected_days.csv").open(newline="") as file:
        states = Counter(row["state"] for row in csv.DictReader(file))
    assert states["unknown"] == 5
    lines = (bundle.folder / "sdtm" / "qs.ndjson").read_text().splitlines()
    names = [column["name"] for column in json.loads(lines[0])["columns"]]
    not_done = Counter(
        row[names.index("QSREASND")] for row in map(json.loads, lines[1:]) if row[names.index("QSTESTCD")] == "QSALL"
    )
    assert not_done["NOT COMPLETED IN WINDOW"] == 1
    assert not_done["SYNC NOT RECEIVED BEFORE CUT-OFF"] == (5 if kind is CutKind.FINAL else 0)


@pytest.mark.parametrize("scope", Scope)
def test_nothing_in_it_reaches_identifies_or_unblinds(
    services: Services, moment: Any, tmp_path: Path, scope: Scope
) -> None:
    for name, data in content(made(services, tmp_path / "bundle", CutKind.FINAL, moment, scope).folder).items():
        if name.endswith(".zip"):
            continue  # its members are scanned by the test of the archive
        said = DRAWN.sub(b"", data)
        for pattern in (CPR, REACHED, UNBLINDING):
            found = pattern.search(said)
            assert found is None, f"{name}: {found[0]!r} at {found.start()}"


def test_the_scans_find_what_they_look_for() -> None:
    for text in (b"0101701234", b"010170-1234", b'"311299-4321"'):
        assert CPR.search(text), text
    for text in (b"2026-11-22", b"20261122180000", b"a1b2-0101701234567"):
        assert not CPR.search(text), text
    drawn = b"a0101701234b" + b"c" * 52
    assert DRAWN.sub(b"", drawn + b"," + drawn) == b","
    assert DRAWN.sub(b"", b"01234567-0123-4567-89ab-0101701234ef;") == b";"
    for text in (b"0101701234", b"010170-1234", b"id-" + drawn, drawn + b"0"):
        assert DRAWN.sub(b"", text) == text
    assert UNBLINDING.search(b"the Placebo group")
    assert REACHED.search(b"mail somebody@example.org")


def test_neither_time_zone_nor_language_of_the_machine_changes_a_byte(
    services: Services, moment: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = content(made(services, tmp_path / "here", CutKind.FINAL, moment, Scope.ARCHIVE).folder)
    for name, value in {"TZ": "Asia/Tokyo", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}.items():
        monkeypatch.setenv(name, value)
    time.tzset()
    try:
        assert time.strftime("%Z", time.localtime(0)) == "JST"
        second = content(made(services, tmp_path / "there", CutKind.FINAL, moment, Scope.ARCHIVE).folder)
    finally:
        monkeypatch.undo()
        os.environ.pop("TZ", None)
        time.tzset()
    assert first == second


def test_the_page_that_is_read_first_names_every_file(services: Services, moment: Any, tmp_path: Path) -> None:
    folder = made(services, tmp_path / "bundle", CutKind.FINAL, moment, Scope.ARCHIVE).folder
    page = (folder / README).read_text(encoding="utf-8")
    there = {name for name in content(folder) if name not in (README, "manifest.json")}
    assert there <= set(MEANINGS)
    assert not [name for name in there if name not in page]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("csv/expected_days.csv", "csv/expected_days.csv, expected"),
        ("csv/long.csv", "csv/long.csv, answers"),
        ("sdtm/qs.ndjson", "sdtm/qs.ndjson, "),
        ("fhir/QuestionnaireResponse.ndjson", "fhir/QuestionnaireResponse.ndjson, entries"),
        ("trail/audit_trail.ndjson", "stands in no fact of a chain"),
    ],
)
def test_a_row_taken_out_or_made_up_is_found_although_every_hash_was_made_to_fit(
    services: Services, moment: Any, tmp_path: Path, name: str, said: str
) -> None:
    folder = made(services, tmp_path / "bundle", CutKind.FINAL, moment).folder
    file = folder / name
    lines = file.read_bytes().splitlines(keepends=True)
    if name.startswith("trail"):
        lines[3] = lines[3].replace(b'"source":"', b'"source":"x')
    else:
        del lines[1]
    file.write_bytes(b"".join(lines))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for one in manifest["files"]:
        one["sha256"] = hashlib.sha256((folder / one["path"]).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    flaws = check(folder).flaws
    assert any(said in flaw for flaw in flaws), flaws
    assert not any("was changed" in flaw for flaw in flaws)


def test_every_row_of_a_test_transfer_says_that_it_is_one(services: Services, moment: Any, tmp_path: Path) -> None:
    wanted = Wanted(CutKind.FINAL, moment, formats=frozenset(Format), is_test=True)
    folder = make_bundle(services, tmp_path / "bundle", wanted, author="somebody").folder
    # Columns, and hashes of facts.
    explained = {"csv/dictionary.csv", "states/dictionary.csv", "trail/dictionary.csv", "trail/chain.csv"}
    looked_at = 0
    for name, data in content(folder).items():
        if name.endswith((".csv", ".ndjson")) and name not in explained:
            head = 0 if name.startswith(("fhir/", "trail/")) and name.endswith(".ndjson") else 1
            rows = data.splitlines()[head:]
            looked_at += len(rows)
            assert [row for row in rows if b"TEST" not in row] == [], name
    assert looked_at > 100
    for name in ("sdtm/define.xml", "odm/odm.xml", "adam/adqs.json", "sdtm/qs.xpt", "README.html", "manifest.json"):
        assert b"TEST" in (folder / name).read_bytes(), name
