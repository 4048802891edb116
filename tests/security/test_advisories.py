"""Advisories in the format of OSV are understood: which versions have a fault, under whichever name it is told."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from scripts import advisories
from scripts.dependency_review import Dependency, known_faults, main


def advisory(number: int, name: str = "Some.Package", ecosystem: str = "PyPI", **said: Any) -> dict[str, Any]:
    spans = said.pop("events", None)
    part: dict[str, Any] = {"package": {"name": name, "ecosystem": ecosystem}, "versions": said.pop("versions", [])}
    if spans is not None:
        part["ranges"] = [{"type": "ECOSYSTEM", "events": spans}, {"type": "GIT", "events": [{"introduced": "0"}]}]
    return {"id": f"PYSEC-{number}", "modified": f"2026-0{number}-01T00:00:00Z", "affected": [part], **said}


TWICE: list[dict[str, str]] = [{"introduced": "0"}, {"fixed": "1.2"}, {"introduced": "2.0"}, {"last_affected": "2.10"}]


@pytest.mark.parametrize(
    ("version", "has_it"),
    [("0.1", True), ("1.1.9", True), ("1.2", False), ("1.10", False), ("2.0", True), ("2.9", True), ("2.10", True),
     ("2.11", False)],
)  # fmt: skip
def test_a_version_has_a_fault_within_its_spans_alone(version: str, has_it: bool) -> None:
    known = [advisory(1, events=TWICE)]
    assert advisories.faults_of(known, "some-package", version) == (["PYSEC-1"] if has_it else [])


def test_an_end_that_is_no_version_ends_nothing() -> None:
    for kind in ("fixed", "last_affected"):
        known = [advisory(1, events=[{"introduced": "0"}, {kind: "2.0-strange"}])]
        assert advisories.faults_of(known, "some-package", "1.0") == ["PYSEC-1"], kind


def test_a_version_may_be_named_outright_and_other_shelves_do_not_count() -> None:
    known = [advisory(1, versions=["1.0"]), advisory(2, name="other", versions=["1.0"]),
             advisory(3, ecosystem="npm", versions=["1.0"])]  # fmt: skip
    assert advisories.faults_of(known, "some_package", "1.0") == ["PYSEC-1"]
    assert advisories.faults_of(known, "some_package", "1.1") == []


def test_zip_and_folder_say_the_same_and_what_was_taken_back_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as zipped:
        for one in (advisory(1), advisory(2), advisory(3, withdrawn="2026-03-02T00:00:00Z")):
            (tmp_path / "folder" / f"{one['id']}.json").write_text(json.dumps(one))
            zipped.writestr(f"{one['id']}.json", json.dumps(one))
    read = advisories.read(tmp_path / "all.zip")
    assert read == advisories.read(tmp_path / "folder")
    assert ([one["id"] for one in read], advisories.newest(read)) == (["PYSEC-1", "PYSEC-2"], "2026-02-01")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no advisory"):
        advisories.read(tmp_path / "empty")


def test_the_command_names_the_package_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "1.json").write_text(json.dumps(advisory(1, name="Starlette", events=[{"introduced": "0"}])))
    assert main(["--advisories", str(tmp_path)]) == 1
    assert "PYSEC-1" in capsys.readouterr().out
    assert known_faults([Dependency("starlette", "0.1", None)], tmp_path) == ["starlette 0.1: PYSEC-1"]
    assert known_faults([Dependency("another", "0.1", None)], tmp_path) == []
