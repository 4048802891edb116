"""The page for sponsors: its Python reads a bundle as it says, and what it leads to is there."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from server.export.bundle import make_bundle
from server.export.content import CutKind
from server.export.csv_columns import EXPECTED_DAYS, LONG
from server.export.folders import FOLDERS
from server.export.wanted import Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment

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
def bundle(services: Services, clock: SimulatedEnvironment, tmp_path: Path) -> Path:
    """As a sponsor has it."""
    at = clock.now()
    clock.move_to(at + timedelta(hours=1))
    return make_bundle(services, tmp_path / "bundle", Wanted(CutKind.FINAL, at), author="somebody").folder


def test_the_python_of_the_page_reads_every_part_that_it_names(bundle: Path) -> None:
    done = run(bundle.parent)
    assert (done.returncode, done.stderr) == (0, "")
    on_time, mean, qs, adqs = done.stdout.splitlines()
    assert (on_time, mean) == ("filled in 3 of 10", "mean of DMD01 7.0")
    assert re.fullmatch(r"QS 25 rows; Question Short Name", qs)  # 18 questions, 7 days that nobody filled in
    assert re.fullmatch(r"ADQS \d+ rows of \d+ parameters", adqs)


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
    assert explained == {*FOLDERS, "archive"}


def test_every_link_of_the_page_leads_somewhere() -> None:
    targets = [to for to in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in to]
    assert targets
    assert [to for to in targets if not (PAGE.parent / to).exists()] == []
