"""A bundle that was once handed out holds for ever: those that earlier releases made, as they lie in `saved`.

All are of the study in which everything happened, with a signature. What their manifests do not say is said to be open.
"""

import ast
import hashlib
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from diary_app.core.times import parse_utc
from server.backup import restoring
from server.export import checked as findings
from server.export.archive_part import archive_in
from server.export.bundle import make_bundle
from server.export.checked import NEWEST, counted
from server.export.checker_file import MODULES, whole
from server.export.checking import MANIFEST, check
from server.export.content import CutKind
from server.export.formats import Format
from server.export.wanted import Wanted
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

SAVED = sorted(Path(__file__).with_name("saved").glob("*.zip"))
WITHOUT_NAMES, NOT_COUNTED = "0001_signatures_without_names", "0001_signatures_not_counted"
COUNTED = "0001_signatures_counted"
NOT_TOLD = "trail/site_trail.csv: the release that made the bundle did not tell facts about sites and the study"
UNCOUNTED = "signatures: 1 found; the release that made the bundle did not count them"


def unpacked(name: str, folder: Path) -> Path:
    with zipfile.ZipFile(Path(__file__).with_name("saved") / f"{name}.zip") as file:
        file.extractall(folder)
    return folder


def changed(folder: Path, name: str, old: bytes, new: bytes) -> None:
    """One file, with its hash in the manifest made to fit."""
    data = (folder / name).read_bytes()
    assert old in data
    (folder / name).write_bytes(data.replace(old, new, 1))
    said: Any = json.loads((folder / MANIFEST).read_bytes())
    (entry,) = (one for one in said["files"] if one["path"] == name)
    entry["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(said))


@pytest.mark.parametrize("saved", SAVED, ids=lambda file: file.stem)
def test_every_bundle_of_an_earlier_release_holds(saved: Path, tmp_path: Path) -> None:
    assert check(unpacked(saved.stem, tmp_path)).flaws == []


def test_what_a_release_did_not_count_is_said_and_not_passed_over(tmp_path: Path) -> None:
    earliest, later = unpacked(WITHOUT_NAMES, tmp_path / "earliest"), unpacked(NOT_COUNTED, tmp_path / "later")
    formats = [f"{name}, {UNCOUNTED}" for name in ("fhir/Provenance.ndjson", "trail/audit_trail.ndjson")]
    nameless = "odm/odm.xml, signatures: 4 marks that do not name the signature they are of"
    assert check(earliest).open == [nameless, *formats, NOT_TOLD]
    assert check(later).open == [f"odm/odm.xml, {UNCOUNTED}", *formats, NOT_TOLD]
    for name in (COUNTED, "0002", "0003", "0004"):
        assert check(unpacked(name, tmp_path / name)).open == []


def test_the_command_ends_well_and_says_what_is_open(tmp_path: Path) -> None:
    file = tmp_path / "verify.py"
    file.write_text(whole(), encoding="utf-8")
    folder = unpacked(NOT_COUNTED, tmp_path / "bundle")
    command = [sys.executable, "-I", "-S", str(file), str(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.count("\nOPEN   ") == 5  # the last: no SHA-256 was given
    assert told.stdout.splitlines()[-1] == "Everything that can be checked holds."


def test_a_signature_taken_out_is_missed_once_its_release_counts_them(tmp_path: Path) -> None:
    folder = unpacked(COUNTED, tmp_path)
    changed(folder, "trail/audit_trail.ndjson", b'"kind":"signed"', b'"kind":"signet"')
    assert "trail/audit_trail.ndjson, signatures: 0 found, 1 expected" in check(folder).flaws


def test_what_they_do_say_is_still_held_against_them(tmp_path: Path) -> None:
    folder = unpacked(NOT_COUNTED, tmp_path)
    changed(folder, "fhir/Task.ndjson", b'"code":"missed"', b'"code":"excused"')
    assert "fhir/Task.ndjson, missed: 2 found, 3 expected" in check(folder).flaws


def test_no_signature_where_none_is_said_is_not_taken_for_one_that_was_not_counted() -> None:
    said: dict[str, Any] = {"bundle": 1, "counts": {"done": 1}}
    assert counted(said, "signatures") is None
    assert counted(said | {"parts": {"fhir": {"signatures": 0}}}, "signatures") == 0
    assert counted({"bundle": NEWEST, "counts": {"signatures": 0}}, "signatures") == 0
    with pytest.raises(KeyError):
        counted({"bundle": NEWEST, "counts": {}}, "signatures")


def test_a_bundle_of_a_release_to_come_is_left_to_the_checker_in_it(tmp_path: Path) -> None:
    folder = unpacked(COUNTED, tmp_path)
    said: Any = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps(said | {"bundle": NEWEST + 1}))
    (flaw,) = check(folder).flaws
    assert flaw == "manifest.json is of a newer release; check the bundle with the verify.py that is in it"


@pytest.mark.parametrize("saved", SAVED, ids=lambda file: file.stem)
def test_the_server_made_from_its_archive_comes_to_the_same_content(saved: Path, tmp_path: Path) -> None:
    folder = unpacked(saved.stem, tmp_path / "bundle")
    said: Any = json.loads((folder / MANIFEST).read_bytes())
    there = Settings(database_url=f"sqlite:///{tmp_path}/rebuilt.sqlite", var_folder=tmp_path / "var")
    clock = SimulatedEnvironment(datetime(2027, 1, 1, tzinfo=UTC), seed=7)
    assert restoring.restore(archive_in(folder), there, clock).flaws == 0
    services = open_services(there, clock)
    wanted = Wanted(CutKind(said["cut"]["kind"]), parse_utc(said["cut"]["at"]), frozenset({Format.STATES}))
    made = make_bundle(services, tmp_path / "again", wanted, author="somebody")
    services.close()
    assert made.cut.content_sha256 == said["cut"]["content_sha256"]
    assert said["counts"].items() <= {**made.counts, **_of_trail(said)}.items()


def _of_trail(said: Any) -> dict[str, int]:
    """What is counted only where the trail is asked for."""
    return {name: said["counts"][name] for name in ("site_facts", "set_aside", "unchained") if name in said["counts"]}


def test_no_module_of_the_checker_takes_a_name_that_another_has() -> None:
    """They lie in one file, where the later of two would be taken for the earlier."""
    seen: dict[str, str] = {}
    for module in MODULES:
        for name in _names(Path(str(module.__file__)).read_text(encoding="utf-8")):
            assert seen.setdefault(name, module.__name__) == module.__name__, name
    assert seen["Checked"] == findings.__name__


def _names(text: str) -> set[str]:
    found: set[str] = set()
    for one in ast.parse(text).body:
        if isinstance(one, ast.FunctionDef | ast.ClassDef):
            found.add(one.name)
        elif isinstance(one, ast.Assign):
            found |= {target.id for target in one.targets if isinstance(target, ast.Name)}
    return found
