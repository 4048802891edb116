"""What a format holds is counted again: one row, item, day or signature less is found by its number alone.

Most of it is done on a study in which everything happened (corrections, voids, paper, signatures, amendments).
"""

import re
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.export import checking
from server.export.checker_file import NAME, whole
from server.export.checking import check
from server.export.formats import Format
from server.export.recounting import RECOUNTS, Checked
from tests.export.fhir.eventful import bundled

Change = Callable[[bytes], bytes]
ADQS, ODM, TASK, TOLD = "adam/adqs.ndjson", "odm/odm.xml", "fhir/Task.ndjson", "fhir/Provenance.ndjson"


@pytest.fixture(scope="module", params=["sqlite"])
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    formats = frozenset({Format.CSV, Format.ADAM, Format.ODM, Format.FHIR, Format.TRAIL})
    with bundled(request, tmp_path_factory.mktemp("recounted"), formats) as folder:
        yield folder


def without(pattern: bytes, which: int = 0) -> Change:
    """The file without what that pattern finds, the first or another one."""

    def change(data: bytes) -> bytes:
        found = list(re.finditer(pattern, data, re.DOTALL))[which]
        return data[: found.start()] + data[found.end() :]

    return change


def replaced(old: bytes, new: bytes) -> Change:
    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return change


def transaction(holding: bytes) -> bytes:
    """One transaction of ODM with that within it."""
    return rb"<SubjectData (?:(?!</SubjectData>).)*" + holding + rb"(?:(?!</SubjectData>).)*</SubjectData>"


def test_a_bundle_in_which_everything_happened_holds(bundle: Path) -> None:
    checked = check(bundle)
    assert checked.flaws == []
    for said in ("transactions of ODM", "rows of adam/adqs.csv", "rows of adam/adqs.ndjson", "responses"):
        assert any(said in one for one in checked.read), said


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (ODM, without(rb'<ItemData ItemOID="IT.DMD.1.0.DMD01" TransactionType="Insert"[^>]*/>', -1), "answers"),
        (ODM, without(rb'<ItemData ItemOID="IT.DMD.1.0.DMD\d\d" TransactionType="Insert" IsNull[^>]*/>'), "skips"),
        (ODM, without(transaction(rb'FormOID="F.DMD.1.0"'), 3), "entries"),
        (ODM, without(transaction(rb'FormOID="F.STANDING"')), "expected"),
        (ODM, replaced(b'"Insert" Value="missed"', b'"Insert" Value="excused"'), "missed"),
        (ODM, lambda data: re.sub(transaction(b"<Signature "), b"", data, flags=re.DOTALL), "signatures"),
        (ODM, without(rb"</ODM>"), "odm cannot be checked"),
        (ADQS, without(rb'\n\[[^\n]*"DMD01"[^\n]*"QSSTRESN",\d+\]'), "answers"),
        (ADQS, without(rb'\n\[[^\n]*PREFERRED NOT[^\n]*\]'), "skips"),
        (ADQS, without(rb'\n\[[^\n]*\]'), "rows"),
        ("adam/adqs.csv", without(rb"\r\n[^\r]*,DMD01,[^\r]*,QSSTRESN,\d+(?=\r)"), "answers"),
        (TASK, without(rb'\{[^\n]*"code":"diary_day"[^\n]*\n'), "missed"),
        (TOLD, without(rb'\{[^\n]*"signature":[^\n]*\n'), "signatures"),
        ("trail/audit_trail.csv", replaced(b",ines,", b",inez,"), "says something else than trail/audit_trail.ndjson"),
        ("trail/audit_trail.csv", without(rb"\r\n[^\r]+(?=\r)", 5), "row 6 says something else"),
        ("trail/audit_trail.ndjson", lambda data: re.sub(rb'[^\n]*"kind":"signed"[^\n]*\n', b"", data), "signatures"),
    ],
)  # fmt: skip
def test_what_is_taken_out_is_missed_in_its_format(
    bundle: Path, tmp_path: Path, name: str, change: Change, said: str
) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(bundle, folder)
    before = (folder / name).read_bytes()
    after = change(before)
    assert after != before
    (folder / name).write_bytes(after)
    flaws = check(folder).flaws
    assert [flaw for flaw in flaws if said in flaw and flaw.startswith((name, "odm cannot", said))], flaws


def test_a_weekly_mean_that_only_one_of_them_has_is_found(weeks: Any, tmp_path: Path) -> None:
    from server.export.adam import open_adam
    from server.export.csv_part import open_csv

    counted, there = weeks.write(open_adam, tmp_path / "adam")
    weeks.write(open_csv, tmp_path / "csv")
    manifest = {"counts": {**there, **counted}, "cut": {"at": "2027-01-01T00:00:00.000Z"}}
    adam = next(one for one in RECOUNTS if one.__name__ == "_adam")
    checked = Checked()
    adam(tmp_path, manifest, checked)
    assert checked.flaws == []
    file = tmp_path / "adam" / "adqs.csv"
    file.write_bytes(without(rb"\r\n[^\r]*,DMD01,[^\r]*AVERAGE[^\r]*(?=\r)")(file.read_bytes()))
    adam(tmp_path, manifest, checked)
    assert [flaw for flaw in checked.flaws if "weekly means of DMD01" in flaw]


def test_the_file_in_the_bundle_is_one_whole_program(bundle: Path) -> None:
    text = (bundle / NAME).read_text(encoding="utf-8")
    assert text == whole()
    assert "from server" not in text
    assert "import server" not in text
    assert text.startswith((checking.__doc__ or "").join(('"""', '"""')))
    told = subprocess.run(
        [sys.executable, "-I", "-S", str(bundle / NAME)], capture_output=True, text=True, check=False, cwd="/"
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert "transactions of ODM" in told.stdout


def test_memory_does_not_grow_with_participants(bundle: Path, tmp_path: Path) -> None:
    """A file of many participants, each with the transactions of all of the first."""
    data = (bundle / ODM).read_bytes()
    start, end = data.index(b"<ClinicalData"), data.index(b"</ODM>")
    odm = next(one for one in RECOUNTS if one.__name__ == "_odm")
    peaks = []
    for people in (2, 40):
        folder = tmp_path / str(people)
        (folder / "odm").mkdir(parents=True)
        many = b"".join(
            re.sub(rb'SubjectKey="([^"]+)"', b'SubjectKey="%d-\\1"' % number, data[start:end])
            for number in range(people)
        )
        (folder / ODM).write_bytes(data[:start] + many + data[end:])
        tracemalloc.start()
        odm(folder, {"cut": {"at": "2027-01-01T00:00:00.000Z"}, "counts": {}}, Checked())
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] + 100_000
