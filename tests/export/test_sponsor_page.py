"""The page for sponsors: its Python reads a bundle as it says, and what it leads to is there."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]
import pyreadstat
import pytest

from diary_app.core.times import format_utc
from server.db.engine import reading
from server.export.content import CutKind
from server.export.csv_files import EXPECTED_DAYS, LONG, write_csv
from server.export.fhir import open_fhir
from server.export.reading import everybody, instruments_in_use
from server.export.tally import count
from server.export.trail_part import open_trail
from server.services import Services
from tests.export.parts import about_now, write_part

PAGE = Path(__file__).parents[2] / "docs/export/README.md"
TEXT = PAGE.read_text(encoding="utf-8")
pytestmark = pytest.mark.usefixtures("lived")


def block(language: str) -> str:
    (code,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(code)


def run(folder: Path) -> "subprocess.CompletedProcess[str]":
    """The page's Python, where `bundle` is a folder beside it."""
    return subprocess.run([sys.executable, "-c", block("python")], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def bundle(services: Services, tmp_path: Path) -> Path:
    """The parts that the page reads: CSV as it is written, SDTM and ADaM in their form with a few rows each."""
    folder, now = tmp_path / "bundle", services.environment.now()
    for name, opener in (("fhir", open_fhir), ("trail", open_trail)):
        write_part(opener, services, folder / name)
    with reading(services.engine) as connection:
        instruments = instruments_in_use(connection, services.study)
        people = list(everybody(connection, services.study, now))
    write_csv(folder / "csv", services.study, instruments, people, now)
    cut = about_now(services, instruments, CutKind.FINAL).cut
    counts = sum((count(person, cut) for person in people), start=Counter[str]())
    manifest = {"cut": {"at": format_utc(cut.at)}, "counts": counts}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    write_standards(folder)
    return folder


def write_standards(folder: Path) -> None:
    (folder / "sdtm").mkdir()
    (folder / "adam").mkdir()
    qs = pd.DataFrame({"USUBJID": ["MESRIX-MORE-01-001"] * 2, "QSTESTCD": ["DMD01", "DMD02"], "QSSTRESN": [6.0, 5.0]})
    labels: list[str | None] = ["Unique Subject Identifier", "Question Short Name", "Numeric Finding in Standard Units"]
    pyreadstat.write_xport(qs, folder / "sdtm/qs.xpt", table_name="QS", column_labels=labels, file_format_version=5)
    names = ("USUBJID", "PARAMCD", "AVAL")
    rows = [["MESRIX-MORE-01-001", "DMDTOT", 40.0], ["MESRIX-MORE-01-001", "DMDDRY", None]]
    dataset = {"records": 2, "columns": [{"name": name} for name in names], "rows": rows}
    (folder / "adam/adqs.json").write_text(json.dumps(dataset), encoding="utf-8")


def test_the_python_of_the_page_reads_every_part_that_it_names(bundle: Path) -> None:
    done = run(bundle.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "on time 2 of 10",
        "mean of DMD01 7.0",
        "QS 2 rows; Question Short Name",
        "ADQS 2 rows of 2 parameters",
    ]


@pytest.mark.parametrize("name", [EXPECTED_DAYS, LONG])
def test_the_python_of_the_page_notices_a_row_that_is_missing(bundle: Path, name: str) -> None:
    file = bundle / "csv" / name
    *kept, last = file.read_bytes().split(b"\r\n")[:-1]
    closed = [line for line in kept if b",missed," not in line and b"DMD01," not in line]
    assert last
    assert len(closed) < len(kept)
    file.write_bytes(b"\r\n".join([*closed, b""]))
    assert "AssertionError" in run(bundle.parent).stderr


def test_every_folder_that_the_other_languages_read_is_explained() -> None:
    explained = set(re.findall(r"^\| `([a-z]+)/` \|", TEXT, re.MULTILINE))
    read = {one for language in ("python", "r", "sas") for one in re.findall(r"(sdtm|adam|csv)/\w+\.", block(language))}
    assert read == {"sdtm", "adam", "csv"} <= explained
    assert {"fhir", "trail", "odm", "reference"} <= explained


def test_every_link_of_the_page_leads_somewhere() -> None:
    targets = [to for to in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in to]
    assert targets
    assert [to for to in targets if not (PAGE.parent / to).exists()] == []
